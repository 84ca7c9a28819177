/**
 * Spreads packed samples (most significant first, as in PNG, BMP and TIFF) to one byte each.
 * @param at offset of the row's first byte
 * @param count samples in the row
 * @param depth bits per sample: 1, 2, 4 or 8
 */
export function unpackBits(data: Uint8Array, at: number, count: number, depth: number): Uint8Array {
  if (depth === 8) return data.subarray(at, at + count);
  const samples = new Uint8Array(count);
  const mask = (1 << depth) - 1;
  for (let i = 0, bit = 0; i < count; i += 1, bit += depth) {
    samples[i] = ((data[at + (bit >> 3)] as number) >> (8 - depth - (bit & 7))) & mask;
  }
  return samples;
}
