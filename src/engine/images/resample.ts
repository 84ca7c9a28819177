import { PRECISION_BITS, type ResizeWeights } from './resize-weights';

/** Rows of RGB bytes in a larger array. */
export interface ByteRows {
  readonly data: Uint8Array | Uint8ClampedArray;
  /** Where row 0, column 0 would be; outside of `data` where the weights ask for later ones only. */
  readonly offset: number;
  /** Bytes from a row to the next. */
  readonly stride: number;
}

/** The two passes of a resize: sums in wrapping int32, rounded and clipped to 0..255, as Pillow's Resample.c has them. */
export interface Resampler {
  /** @returns [rows, weights.count, 3] */
  columns(source: ByteRows, rows: number, weights: ResizeWeights): Uint8Array;
  /**
   * @param bytes of a row, a multiple of 3
   * @returns [weights.count, bytes]
   */
  rows(source: ByteRows, bytes: number, weights: ResizeWeights): Uint8Array;
}

const HALF = 1 << (PRECISION_BITS - 1);

/** One number after the other. */
export const scalarResampler: Resampler = {
  columns({ data, offset, stride: rowStride }, rows, { count, first, taps, stride, weights }) {
    // The clamped array is what clips.
    const out = new Uint8ClampedArray(rows * count * 3);
    for (let y = 0, to = 0; y < rows; y += 1) {
      const row = offset + y * rowStride;
      for (let x = 0; x < count; x += 1, to += 3) {
        const begin = x * stride;
        sumTaps(
          data,
          row + (first[x] as number) * 3,
          3,
          weights,
          begin,
          begin + (taps[x] as number),
          out,
          to,
        );
      }
    }
    return new Uint8Array(out.buffer);
  },
  rows({ data, offset, stride: rowStride }, bytes, { count, first, taps, stride, weights }) {
    const out = new Uint8ClampedArray(count * bytes);
    for (let y = 0, to = 0; y < count; y += 1) {
      const begin = y * stride;
      const end = begin + (taps[y] as number);
      const row = offset + (first[y] as number) * rowStride;
      for (let x = 0; x < bytes; x += 3, to += 3)
        sumTaps(data, row + x, rowStride, weights, begin, end, out, to);
    }
    return new Uint8Array(out.buffer);
  },
};

/** One pixel of the output: the samples from `at` on, `step` bytes apart. */
function sumTaps(
  data: Uint8Array | Uint8ClampedArray,
  at: number,
  step: number,
  weights: Int32Array,
  begin: number,
  end: number,
  out: Uint8ClampedArray,
  to: number,
): void {
  let red = HALF;
  let green = HALF;
  let blue = HALF;
  for (let tap = begin, from = at; tap < end; tap += 1, from += step) {
    const weight = weights[tap] as number;
    red = (red + Math.imul(data[from] as number, weight)) | 0;
    green = (green + Math.imul(data[from + 1] as number, weight)) | 0;
    blue = (blue + Math.imul(data[from + 2] as number, weight)) | 0;
  }
  out[to] = red >> PRECISION_BITS;
  out[to + 1] = green >> PRECISION_BITS;
  out[to + 2] = blue >> PRECISION_BITS;
}
