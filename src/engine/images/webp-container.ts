import { unreadable } from './decoded-image';
import { exifOrientation } from './exif-orientation';

export interface WebpFile {
  /** Canvas size. */
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly exifOrientation: number;
  /** Where the first picture stands on the canvas. */
  readonly frame: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  /** The first picture as a still WebP file of its own. */
  readonly still: Uint8Array;
}

interface Chunk {
  readonly type: string;
  /** The chunk with its 8-byte header, without padding. */
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

const ALPHA_FLAG = 0x10;

function* chunks(bytes: Uint8Array, from: number): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = from; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const end = Math.min(bytes.length, at + 8 + length);
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    yield { type, whole: bytes.subarray(at, end), body: bytes.subarray(at + 8, end) };
    at += 8 + length + (length & 1);
  }
}

function uint24(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
}

interface Stream {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
}

/** Size from the header of a VP8 (lossy) or VP8L (lossless) stream. */
function streamHeader({ type, body }: Chunk, subject: string): Stream {
  if (type === 'VP8 ' && body.length >= 10 && uint24(body, 3) === 0x2a019d)
    return { width: uint24(body, 6) & 0x3fff, height: (uint24(body, 7) >> 8) & 0x3fff, hasAlpha: false };
  if (type === 'VP8L' && body.length >= 5 && body[0] === 0x2f) {
    const packed = new DataView(body.buffer, body.byteOffset + 1, 4).getUint32(0, true);
    return {
      width: (packed & 0x3fff) + 1,
      height: ((packed >>> 14) & 0x3fff) + 1,
      hasAlpha: ((packed >>> 28) & 1) === 1,
    };
  }
  throw unreadable(subject, 'the WebP picture has a damaged header');
}

function riff(parts: readonly Uint8Array[]): Uint8Array {
  const padded = parts.flatMap(part => (part.length & 1 ? [part, new Uint8Array(1)] : [part]));
  const body = Buffer.concat([Buffer.from('WEBP', 'latin1'), ...padded]);
  const head = Buffer.from('RIFF\0\0\0\0', 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

function extendedHeader({ width, height }: Stream, hasAlpha: boolean): Uint8Array {
  const chunk = Buffer.alloc(18);
  chunk.write('VP8X', 'latin1');
  chunk.writeUInt32LE(10, 4);
  chunk[8] = hasAlpha ? ALPHA_FLAG : 0;
  chunk.writeUIntLE(width - 1, 12, 3);
  chunk.writeUIntLE(height - 1, 15, 3);
  return chunk;
}

/** The first picture among the chunks of a file or of an animation frame, as a file of its own. */
function firstPicture(source: Iterable<Chunk>, subject: string): Stream & { readonly still: Uint8Array } {
  let alpha: Chunk | undefined;
  for (const chunk of source) {
    if (chunk.type === 'ALPH') alpha = chunk;
    if (chunk.type !== 'VP8 ' && chunk.type !== 'VP8L') continue;
    const stream = streamHeader(chunk, subject);
    const parts =
      alpha === undefined ? [chunk.whole] : [extendedHeader(stream, true), alpha.whole, chunk.whole];
    return { ...stream, hasAlpha: stream.hasAlpha || alpha !== undefined, still: riff(parts) };
  }
  throw unreadable(subject, 'the WebP ends before its image data');
}

/**
 * Takes a WebP file apart: still pictures, and of an animation the first frame.
 * @throws CoopError `image.unreadable`
 */
export function readWebp(bytes: Uint8Array, subject: string): WebpFile {
  const declared = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);
  if (declared + 8 > bytes.length)
    throw unreadable(subject, `the WebP is truncated (${bytes.length} of ${declared + 8} bytes)`);
  const all = [...chunks(bytes.subarray(0, declared + 8), 12)];
  const extended = all.find(({ type }) => type === 'VP8X')?.body;
  const exif = all.find(({ type }) => type === 'EXIF')?.body;
  const prefixed = exif !== undefined && Buffer.from(exif.subarray(0, 4)).toString('latin1') === 'Exif';
  const orientation = exif === undefined ? 1 : exifOrientation(prefixed ? exif.subarray(6) : exif);
  const animation = all.find(({ type }) => type === 'ANMF')?.body;

  if (animation === undefined) {
    const { width, height, hasAlpha, still } = firstPicture(all, subject);
    return {
      width,
      height,
      hasAlpha,
      exifOrientation: orientation,
      frame: { left: 0, top: 0, width, height },
      still,
    };
  }
  if (extended === undefined || extended.length < 10 || animation.length < 16)
    throw unreadable(subject, 'the WebP animation has a damaged header');
  const picture = firstPicture(chunks(animation, 16), subject);
  const width = uint24(extended, 4) + 1;
  const height = uint24(extended, 7) + 1;
  const left = uint24(animation, 0) * 2;
  const top = uint24(animation, 3) * 2;
  if (left + picture.width > width || top + picture.height > height)
    throw unreadable(subject, 'the first frame of the WebP animation lies outside its canvas');
  return {
    width,
    height,
    hasAlpha: ((extended[0] as number) & ALPHA_FLAG) !== 0,
    exifOrientation: orientation,
    frame: { left, top, width: picture.width, height: picture.height },
    still: picture.still,
  };
}
