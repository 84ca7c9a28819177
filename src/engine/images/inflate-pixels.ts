import { constants, inflateSync } from 'node:zlib';

/** Deflate cannot expand more than this many times. */
const MAX_RATIO = 1032;
/** Encoders may pad the stream; Pillow ignores what comes after the last row. */
const SLACK_BYTES = 1 << 16;

/**
 * Inflates a zlib stream of pixels.
 * @returns at least `needed` bytes
 * @throws Error when the stream is damaged, too short for `needed`, or far longer
 */
export function inflatePixels(compressed: Uint8Array, needed: number): Uint8Array {
  if (needed > compressed.length * MAX_RATIO + SLACK_BYTES)
    throw new Error('far too little data for its size');
  const pixels = inflateSync(compressed, {
    finishFlush: constants.Z_SYNC_FLUSH,
    maxOutputLength: needed + SLACK_BYTES,
    chunkSize: Math.max(64, needed + 1),
  });
  if (pixels.length < needed) throw new Error(`truncated (${pixels.length} of ${needed} bytes)`);
  return pixels;
}
