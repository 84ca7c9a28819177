import { type ByteRows, type Resampler, scalarResampler } from './resample';
import { RESAMPLE_WASM } from './resample-wasm';
import type { ResizeWeights } from './resize-weights';

/** What resample.wat exports; its parameters are byte addresses and counts. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly columns: Pass;
  readonly rows: Pass;
}
type Pass = (
  ...addresses: readonly [
    from: number,
    stride: number,
    /** `columns`: rows; `rows`: bytes of a row. */
    extent: number,
    to: number,
    count: number,
    first: number,
    taps: number,
    weights: number,
    weightsStride: number,
  ]
) => void;

/** The part of the global that is used here; the compiler's library has it only together with the browser's. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

const CHANNELS = 3;
/** The code reads and writes this far behind the last pixel. */
const SPARE = 16;

/**
 * The passes in WebAssembly, four or sixteen channels at a time: the same bits (test/engine/images/resize.test.ts). What
 * does not fit its memory is left to the scalar ones.
 * @throws where the processor has no such instructions
 */
export function createSimdResampler(): Resampler {
  const module = new WebAssembly.Module(Buffer.from(RESAMPLE_WASM, 'base64'));
  const { memory, columns, rows } = new WebAssembly.Instance(module).exports as Exports;
  const bytes = new Uint8Array(memory.buffer);

  /** Puts the weights at the beginning; null when they leave no room. */
  const place = ({ first, taps, weights }: ResizeWeights) => {
    const length = 4 * (first.length + taps.length + weights.length);
    if (length > bytes.length / 2) return null;
    const numbers = new Int32Array(memory.buffer);
    numbers.set(first, 0);
    numbers.set(taps, first.length);
    numbers.set(weights, first.length + taps.length);
    return {
      at: { first: 0, taps: 4 * first.length, weights: 4 * (first.length + taps.length) },
      end: length,
    };
  };

  const copyIn = ({ data }: ByteRows, from: number, length: number, to: number) =>
    bytes.set(data.subarray(from, from + length), to);

  return {
    columns(source, count, weights) {
      const placed = place(weights);
      const skipped = (weights.first[0] as number) * CHANNELS;
      const last = weights.count - 1;
      const used = ((weights.first[last] as number) + (weights.taps[last] as number)) * CHANNELS - skipped;
      const made = weights.count * CHANNELS;
      const room = placed === null ? 0 : bytes.length - placed.end - 2 * SPARE - used;
      const band = Math.min(count, Math.floor(room / (source.stride + made)));
      if (placed === null || band < 1) return scalarResampler.columns(source, count, weights);
      const { at, end } = placed;
      const to = end + (band - 1) * source.stride + used + SPARE;
      const out = new Uint8Array(count * made);
      for (let row = 0; row < count; row += band) {
        const height = Math.min(band, count - row);
        const from = source.offset + row * source.stride + skipped;
        copyIn(source, from, (height - 1) * source.stride + used, end);
        columns(
          end - skipped,
          source.stride,
          height,
          to,
          weights.count,
          at.first,
          at.taps,
          at.weights,
          weights.stride,
        );
        out.set(bytes.subarray(to, to + height * made), row * made);
      }
      return out;
    },

    rows(source, length, weights) {
      const placed = place(weights);
      if (placed === null) return scalarResampler.rows(source, length, weights);
      const { at, end } = placed;
      const out = new Uint8Array(weights.count * length);
      const { first, taps, stride } = weights;
      for (let row = 0; row < weights.count; ) {
        const top = first[row] as number;
        const needed = (until: number) => (until - top - 1) * source.stride + length;
        const below = (last: number) => (first[last] as number) + (taps[last] as number);
        const fits = (last: number) =>
          end + needed(below(last)) + (last + 1 - row) * length + 2 * SPARE <= bytes.length;
        if (!fits(row)) return scalarResampler.rows(source, length, weights);
        let next = row + 1;
        while (next < weights.count && fits(next)) next += 1;
        const taken = needed(below(next - 1));
        const to = end + taken + SPARE;
        copyIn(source, source.offset + top * source.stride, taken, end);
        rows(
          end - top * source.stride,
          source.stride,
          length,
          to,
          next - row,
          at.first + 4 * row,
          at.taps + 4 * row,
          at.weights + 4 * row * stride,
          stride,
        );
        out.set(bytes.subarray(to, to + (next - row) * length), row * length);
        row = next;
      }
      return out;
    },
  };
}
