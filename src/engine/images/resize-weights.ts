export type Interpolation = 'bicubic' | 'bilinear';

/** Which source samples each output sample is made of, and with which fixed-point weights. */
export interface ResizeWeights {
  /** Output samples. */
  readonly count: number;
  /** First source sample of each output sample, [count]. */
  readonly first: Int32Array;
  /** Number of source samples of each output sample, [count]. */
  readonly taps: Int32Array;
  /** Row length of `weights`. */
  readonly stride: number;
  /** [count, stride] weights scaled by 2^PRECISION_BITS; what lies beyond `taps` is 0. */
  readonly weights: Int32Array;
}

/** 8 bits of the sample and 2 bits of head room leave 22 of 32. */
export const PRECISION_BITS = 32 - 8 - 2;

interface Kernel {
  /** Half width in source samples at scale 1. */
  readonly support: number;
  at(x: number): number;
}

/** Keys' cubic with a = −0.5. */
const A = -0.5;

const KERNELS: Readonly<Record<Interpolation, Kernel>> = {
  bicubic: {
    support: 2,
    at(signed) {
      const x = Math.abs(signed);
      if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    },
  },
  bilinear: {
    support: 1,
    at: signed => Math.max(0, 1 - Math.abs(signed)),
  },
};

/**
 * Antialiased resampling weights of one axis, by Pillow's rule: the kernel is stretched by the down-scaling ratio, cut at the
 * border, normalised, and rounded half away from zero to fixed point.
 * @param size source samples
 * @param resized samples the whole axis is resized to
 * @param start first of the `count` output samples that are wanted
 */
export function resizeWeights(
  size: number,
  resized: number,
  start: number,
  count: number,
  interpolation: Interpolation,
): ResizeWeights {
  const kernel = KERNELS[interpolation];
  const scale = size / resized;
  const stretch = Math.max(scale, 1);
  const support = kernel.support * stretch;
  const stride = Math.min(size, Math.ceil(support) * 2 + 1);
  const first = new Int32Array(count);
  const taps = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const row = new Float64Array(stride);

  for (let i = 0; i < count; i += 1) {
    const center = (start + i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const high = Math.min(size, Math.trunc(center + support + 0.5));
    let sum = 0;
    for (let tap = 0; tap < high - low; tap += 1) {
      const weight = kernel.at((tap + low - center + 0.5) * (1 / stretch));
      row[tap] = weight;
      sum += weight;
    }
    first[i] = low;
    taps[i] = high - low;
    for (let tap = 0; tap < high - low; tap += 1) {
      const scaled = ((row[tap] as number) / sum) * (1 << PRECISION_BITS);
      weights[i * stride + tap] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
  }
  return { count, first, taps, stride, weights };
}
