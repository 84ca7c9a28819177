import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { causeInWords } from '../../files/disk/file-error';
import { openRegularFile } from '../../files/disk/open-regular';
import type { FileProblem } from '../../shared/contracts/scan';
import { CoopError } from '../../shared/errors';
import { type ByteSource, readImageHeader } from './image-header';
import { isDecoded, sniffFormat } from './sniff-format';

export type Inspected =
  | {
      /** sha256 of the file, hex. */
      readonly hash: string;
      /** Its EXIF orientation is not 1. */
      readonly rotated: boolean;
    }
  | { readonly problem: Pick<FileProblem, 'reason' | 'detail'> };

/** Changes whenever the same file would give another `Inspected`, so that remembered ones are read anew. */
export const INSPECTION_VERSION = 3;
/** Far above any photo; a file larger than this is no image that anyone classifies. */
export const MAX_FILE_BYTES = 512 * 2 ** 20;
/** Endings under which an image is expected: other content there is damage, elsewhere merely another kind of file. */
export const IMAGE_ENDING =
  /\.(jpe?g|jfif|png|webp|gif|bmp|dib|tiff?|heic|heif|avif|jxl|jp2|psd|svg|p[bgpn]m)$/i;

const CHUNK = 1 << 20;
const NO_IMAGE = refused('unsupported', 'it is no image');

/**
 * Reads a file once: is it an image by its first bytes, does its header make sense, its sha256, is it stored rotated.
 * The pixels are not decoded. A file that cannot be used gives a problem; nothing is thrown.
 * @param bytes its size
 */
export async function inspectFile(
  file: string,
  bytes: number,
  maxBytes: number = MAX_FILE_BYTES,
): Promise<Inspected> {
  if (bytes === 0) return refused('empty', 'the file is empty');
  if (bytes > maxBytes) {
    const limit = `the limit is ${Math.round(maxBytes / 2 ** 20)} MB`;
    return refused('too-large', `the file has ${Math.round(bytes / 2 ** 20)} MB, ${limit}`);
  }
  try {
    const handle = await openRegularFile(file);
    try {
      return await inspectOpen(handle, file, bytes);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    return refused('unreadable', causeInWords(thrown));
  }
}

async function inspectOpen(handle: FileHandle, file: string, bytes: number): Promise<Inspected> {
  const head = await readAt(handle, 0, Math.min(CHUNK, bytes));
  const format = sniffFormat(head);
  const expected = IMAGE_ENDING.test(file);
  if (format === 'git-lfs pointer' && expected)
    return refused('unsupported', 'a Git LFS pointer; “git lfs pull” fetches the image');
  if (format === undefined || (!isDecoded(format) && !expected))
    return expected ? refused('broken', 'its content is no image') : NO_IMAGE;
  if (!isDecoded(format)) return refused('unsupported', `${format} files are not read`);
  const source: ByteSource = {
    bytes,
    read: async (at, length) =>
      at + length <= head.length || head.length === bytes
        ? head.subarray(at, at + length)
        : readAt(handle, at, Math.min(length, Math.max(0, bytes - at))),
  };
  let rotated: boolean;
  try {
    rotated = (await readImageHeader(source, format, 'The image')).orientation !== 1;
  } catch (thrown) {
    if (!(thrown instanceof CoopError)) throw thrown;
    // The first letters of a BMP and of a PNM start many a text.
    if ((format === 'bmp' || format === 'pnm') && !expected) return NO_IMAGE;
    const detail = thrown.message.replace(/^The image (cannot be read: )?/, '').replace(/\.$/, '');
    return refused(thrown.code === 'image.tooLarge' ? 'too-large' : 'broken', detail);
  }
  return { hash: await hashRest(handle, head), rotated };
}

async function hashRest(handle: FileHandle, head: Buffer): Promise<string> {
  const hash = createHash('sha256').update(head);
  const chunk = Buffer.allocUnsafe(CHUNK);
  for (let at = head.length; head.length === CHUNK; ) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK, at);
    if (bytesRead === 0) break;
    hash.update(chunk.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash.digest('hex');
}

/** Up to `length` bytes, fewer at the end of the file only. */
async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

function refused(reason: FileProblem['reason'], detail: string): Inspected {
  return { problem: { reason, detail } };
}
