import { checkSize, type ImageFormat, type ImageSize, unreadable } from './decoded-image';
import { exifOrientation } from './exif-orientation';
import { checkJpegFrame, readJpegHeader } from './jpeg-header';
import { readPnmHeader } from './pnm-header';
import { MAX_SAMPLES, readTiffColours } from './tiff-colours';
import { readUint, Tag, tiffForm } from './tiff-directory';
import { checkCompression } from './tiff-segments';

export interface ImageHeader extends ImageSize {
  /** EXIF orientation 1..8, of pixels that the decoder leaves as stored; 1 for TIFF, which it turns itself. */
  readonly orientation: number;
}

/** A file that is read in pieces: up to `length` bytes from `at`, fewer at its end. */
export interface ByteSource {
  readonly bytes: number;
  read(at: number, length: number): Promise<Uint8Array>;
}

const FIRST_PREFIX = 1 << 16;
/** Metadata before a JPEG's data are a few segments of 64 kB; this is far above any camera's. */
const LONGEST_PREFIX = 16 * 2 ** 20;
/** A hostile file of tiny chunks ends here. */
const MAX_CHUNKS = 100_000;
/** More EXIF than one JPEG segment can hold is none. */
const MAX_EXIF_BYTES = 1 << 16;

/**
 * Size and orientation from the header bytes alone, for a format told by `sniffFormat`.
 * @throws CoopError `image.unreadable` for a header no decoder can use, `image.tooLarge` above MAX_PIXELS
 */
export async function readImageHeader(
  source: ByteSource,
  format: ImageFormat,
  subject: string,
): Promise<ImageHeader> {
  const header = await READERS[format](source, subject);
  checkSize(subject, header);
  return header;
}

const TIFF_SHORT = 3;

type HeaderReader = (source: ByteSource, subject: string) => Promise<ImageHeader>;

const READERS: Readonly<Record<ImageFormat, HeaderReader>> = {
  jpeg: jpegHeader,
  png: pngHeader,
  webp: webpHeader,
  gif: async (source, subject) => {
    const view = await exactly(source, 6, 4, subject);
    return { width: view.getUint16(0, true), height: view.getUint16(2, true), orientation: 1 };
  },
  bmp: async (source, subject) => {
    const view = await exactly(source, 14, 12, subject);
    if (view.getUint32(0, true) === 12)
      return { width: view.getUint16(4, true), height: view.getUint16(6, true), orientation: 1 };
    return { width: view.getInt32(4, true), height: Math.abs(view.getInt32(8, true)), orientation: 1 };
  },
  tiff: tiffHeader,
  pnm: async (source, subject) => ({
    ...readPnmHeader(await source.read(0, FIRST_PREFIX), subject),
    orientation: 1,
  }),
};

async function exactly(source: ByteSource, at: number, length: number, subject: string): Promise<DataView> {
  const bytes = await source.read(at, length);
  if (bytes.length < length) throw unreadable(subject, 'the file ends inside its header');
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}

async function jpegHeader(source: ByteSource, subject: string): Promise<ImageHeader> {
  for (let length = FIRST_PREFIX; ; length *= 4) {
    try {
      const header = readJpegHeader(await source.read(0, length), subject);
      checkJpegFrame(header, subject);
      return { width: header.width, height: header.height, orientation: header.exifOrientation };
    } catch (thrown) {
      // The header may go on behind the bytes read so far.
      if (length >= Math.min(source.bytes, LONGEST_PREFIX)) throw thrown;
    }
  }
}

interface Chunk {
  readonly type: string;
  readonly at: number;
  readonly length: number;
}

/** Walks chunks of the form (length, type, data, …) or (type, length, data, …). */
async function* chunks(
  source: ByteSource,
  start: number,
  { bigEndian, trailer }: { readonly bigEndian: boolean; readonly trailer: number },
): AsyncGenerator<Chunk> {
  let at = start;
  for (let count = 0; count < MAX_CHUNKS; count += 1) {
    const head = await source.read(at, 8);
    if (head.length < 8) return;
    const view = new DataView(head.buffer, head.byteOffset, 8);
    const type = String.fromCharCode(...head.subarray(bigEndian ? 4 : 0, bigEndian ? 8 : 4));
    const length = view.getUint32(bigEndian ? 0 : 4, !bigEndian);
    yield { type, at: at + 8, length };
    at += 8 + length + trailer + (bigEndian ? 0 : length & 1);
  }
}

async function exifOf(source: ByteSource, { at, length }: Chunk): Promise<number> {
  if (length > MAX_EXIF_BYTES) return 1;
  const body = await source.read(at, length);
  const prefixed = Buffer.from(body.subarray(0, 4)).toString('latin1') === 'Exif';
  return exifOrientation(prefixed ? body.subarray(6) : body);
}

async function pngHeader(source: ByteSource, subject: string): Promise<ImageHeader> {
  const view = await exactly(source, 8, 16, subject);
  if (view.getUint32(4) !== 0x49484452) throw unreadable(subject, 'the PNG does not start with its header');
  let orientation = 1;
  for await (const chunk of chunks(source, 8, { bigEndian: true, trailer: 4 })) {
    if (chunk.type === 'IEND') break;
    if (chunk.type === 'eXIf') orientation = await exifOf(source, chunk);
  }
  return { width: view.getUint32(8), height: view.getUint32(12), orientation };
}

async function webpHeader(source: ByteSource, subject: string): Promise<ImageHeader> {
  const declared = (await exactly(source, 4, 4, subject)).getUint32(0, true) + 8;
  if (declared > source.bytes)
    throw unreadable(subject, `the WebP is truncated (${source.bytes} of ${declared} bytes)`);
  let size: ImageSize | undefined;
  let orientation = 1;
  for await (const chunk of chunks(source, 12, { bigEndian: false, trailer: 0 })) {
    size ??= await webpSize(source, chunk, subject);
    if (chunk.type === 'EXIF') orientation = await exifOf(source, chunk);
  }
  if (size === undefined) throw unreadable(subject, 'the WebP ends before its image data');
  return { ...size, orientation };
}

/** The canvas of an extended file comes first; a simple file holds a single lossy or lossless stream. */
async function webpSize(source: ByteSource, chunk: Chunk, subject: string): Promise<ImageSize | undefined> {
  if (chunk.type === 'VP8X') {
    const view = await exactly(source, chunk.at + 4, 6, subject);
    return {
      width: (view.getUint16(0, true) | (view.getUint8(2) << 16)) + 1,
      height: (view.getUint16(3, true) | (view.getUint8(5) << 16)) + 1,
    };
  }
  if (chunk.type === 'VP8 ') {
    const view = await exactly(source, chunk.at + 6, 4, subject);
    return { width: view.getUint16(0, true) & 0x3fff, height: view.getUint16(2, true) & 0x3fff };
  }
  if (chunk.type === 'VP8L') {
    const packed = (await exactly(source, chunk.at + 1, 4, subject)).getUint32(0, true);
    return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
  }
  return undefined;
}

/** Tags of which one value says all, or the values of every sample. */
const HEADER_TAGS: ReadonlySet<number> = new Set([
  Tag.width,
  Tag.height,
  Tag.compression,
  Tag.photometric,
  Tag.bitsPerSample,
  Tag.samplesPerPixel,
  Tag.extraSamples,
  Tag.sampleFormat,
]);

async function tiffHeader(source: ByteSource, subject: string): Promise<ImageHeader> {
  const head = await exactly(source, 0, 16, subject);
  const form = tiffForm(new Uint8Array(head.buffer, head.byteOffset, 16));
  const uint = (view: DataView, at: number, bytes: number) => readUint(view, at, bytes, form.littleEndian);
  const at = uint(head, form.big ? 8 : 4, form.wordBytes);
  const count = uint(await exactly(source, at, form.countBytes, subject), 0, form.countBytes);
  const length = Math.min(count * form.entryBytes, source.bytes);
  const entries = await exactly(source, at + form.countBytes, length, subject);
  const found = new Map<number, readonly number[]>();
  for (let entry = 0; entry + form.entryBytes <= length; entry += form.entryBytes) {
    const tag = uint(entries, entry, 2);
    if (!HEADER_TAGS.has(tag)) continue;
    const bytes = uint(entries, entry + 2, 2) === TIFF_SHORT ? 2 : 4;
    const values = uint(entries, entry + 4, form.wordBytes);
    const inline = values * bytes <= form.wordBytes;
    // One more than there can be samples is refused as well as all of them.
    const read = Math.min(values, MAX_SAMPLES + 1);
    const start = entry + 4 + form.wordBytes;
    const view = inline
      ? entries
      : await exactly(source, uint(entries, start, form.wordBytes), read * bytes, subject);
    const from = inline ? start : 0;
    found.set(
      tag,
      Array.from({ length: read }, (_, i) => uint(view, from + i * bytes, bytes)),
    );
  }
  const values = (tag: number): readonly number[] => found.get(tag) ?? [];
  const value = (tag: number, absent: number) => values(tag)[0] ?? absent;
  checkCompression(value(Tag.compression, 1), subject);
  readTiffColours({ littleEndian: form.littleEndian, values, value }, subject);
  return { width: value(Tag.width, 0), height: value(Tag.height, 0), orientation: 1 };
}
