import type { Measurement } from '../../../shared/contracts/experiment-results';
import type { Value } from '../../../shared/contracts/result-table';
import { meanAndStd } from '../../measure/over-seeds';

export function ownValue({ accuracy, std }: Measurement): Value {
  return { mean: accuracy.value, std: std ?? null, interval: [accuracy.low, accuracy.high] };
}

/**
 * The mean over data sets: of each seed first, so that ± is over seeds as everywhere. Null unless all have it, since an
 * average of some is another number.
 * @param each one measurement a data set
 */
export function averageOf(each: readonly (Measurement | undefined)[]): Value | null {
  const all = each.flatMap(one => (one === undefined ? [] : [one]));
  const [first] = all;
  if (first === undefined || all.length < each.length) return null;
  const seeds = Math.max(...all.map(({ seeds: own }) => own.length));
  // What is not learned is the same for all seeds.
  const bySeed = Array.from({ length: seeds }, (_, at) =>
    mean(all.map(({ seeds: own }) => (own[at] ?? own[0]!).accuracy)),
  );
  if (bySeed.length === 1) return { mean: bySeed[0]!, std: null, interval: null };
  return { ...meanAndStd(bySeed), interval: null };
}

/** Harmonic mean of base and new accuracy (Xian et al., CVPR 2017). */
export function harmonicMean(base: number, fresh: number): number {
  return base + fresh === 0 ? 0 : (2 * base * fresh) / (base + fresh);
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
