import { createHash } from 'node:crypto';
import { readError } from '../../files/disk/file-error';
import { openRegularFile } from '../../files/disk/open-regular';
import { CoopError } from '../../shared/errors';
import { decodeImage } from './decode-image';
import { unreadable } from './decoded-image';
import { readImageHeader } from './image-header';
import { MAX_FILE_BYTES } from './inspect-file';
import { type PreprocessSpec, preprocess } from './preprocess';
import { randomView, type ViewKey } from './random-view';
import { isDecoded, sniffFormat } from './sniff-format';

export interface PixelJob {
  /** Absolute path. */
  readonly file: string;
  /** What messages call the image. */
  readonly subject: string;
  /** sha256 (hex) that the file must have, so that no feature is kept under another image's name. */
  readonly hash: string;
  readonly spec: PreprocessSpec;
  /** A random view; absent: the test transform. */
  readonly view?: ViewKey;
}

/** Images up to this size are decoded in all threads at once, whatever their number. */
export const LARGE_PIXELS = 12_000_000;

/**
 * Reads, decodes and preprocesses one image.
 * @param untilRoom asked before an image of more than LARGE_PIXELS takes its memory: about 7 bytes a pixel
 * @returns [size, size, 3] uint8 with a buffer of its own
 * @throws CoopError `image.unreadable`, `image.tooLarge`, `file.access`; `image.unreadable` also when it is not the
 * file that was scanned
 */
export async function loadPixels(
  { file, subject, hash, spec, view }: PixelJob,
  untilRoom: (pixels: number) => Promise<void> = async () => {},
): Promise<Uint8Array> {
  const bytes = await readWhole(file, subject);
  if (createHash('sha256').update(bytes).digest('hex') !== hash)
    throw unreadable(subject, 'it changed after the folder was scanned');
  const pixelCount = await pixelsOf(bytes, subject);
  if (pixelCount > LARGE_PIXELS) await untilRoom(pixelCount);
  const image = await decodeImage(bytes, { subject });
  const pixels = view === undefined ? preprocess(image, spec) : randomView(image, spec, view, hash);
  return pixels.byteLength === pixels.buffer.byteLength ? pixels : pixels.slice();
}

/** From the header; 0 for one that only the decoder can complain about. */
async function pixelsOf(bytes: Uint8Array, subject: string): Promise<number> {
  const format = sniffFormat(bytes);
  if (format === undefined || !isDecoded(format)) return 0;
  const read = async (at: number, length: number) => bytes.subarray(at, at + length);
  try {
    const { width, height } = await readImageHeader({ bytes: bytes.length, read }, format, subject);
    return width * height;
  } catch {
    return 0;
  }
}

async function readWhole(file: string, subject: string): Promise<Uint8Array> {
  try {
    const handle = await openRegularFile(file);
    try {
      const { size } = await handle.stat();
      if (size <= MAX_FILE_BYTES) return await handle.readFile();
      throw new CoopError(
        'image.tooLarge',
        `${subject} has ${Math.round(size / 2 ** 20)} MB; the limit is ${MAX_FILE_BYTES / 2 ** 20} MB.`,
        { subject, next: 'Scale the image down; the model sees a few hundred pixels of it.' },
      );
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw readError(thrown, subject);
  }
}
