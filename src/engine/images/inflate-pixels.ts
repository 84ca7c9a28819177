import { constants, inflateSync, type ZlibOptions } from 'node:zlib';

/** Deflate cannot expand more than this many times. */
const MAX_RATIO = 1032;
/** Encoders may pad the stream; Pillow ignores what comes after the last row. */
const SLACK_BYTES = 1 << 16;

/**
 * Inflates a zlib stream of pixels.
 * @param row bytes of a row; a stream that ends behind a whole row then lacks nothing, as in Pillow (ZipDecode.c)
 * @returns at least `needed` bytes, zeros where the stream ended before
 * @throws Error when the stream is damaged, too short for `needed`, or far longer
 */
export function inflatePixels(compressed: Uint8Array, needed: number, row?: number): Uint8Array {
  if (needed > compressed.length * MAX_RATIO + SLACK_BYTES)
    throw new Error('far too little data for its size');
  const limits = { maxOutputLength: needed + SLACK_BYTES, chunkSize: Math.max(64, needed + 1) };
  const pixels = inflateSync(compressed, { finishFlush: constants.Z_SYNC_FLUSH, ...limits });
  if (pixels.length >= needed) return pixels;
  if (row !== undefined && pixels.length % row === 0 && hasEnded(compressed, limits)) {
    const whole = new Uint8Array(needed);
    whole.set(pixels);
    return whole;
  }
  throw new Error(`truncated (${pixels.length} of ${needed} bytes)`);
}

/** A stream that was cut off has no end. */
function hasEnded(compressed: Uint8Array, limits: ZlibOptions): boolean {
  try {
    inflateSync(compressed, limits);
    return true;
  } catch {
    return false;
  }
}
