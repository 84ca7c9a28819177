import type { Delta } from '../../shared/report';
import { pythonRandom } from '../data/mersenne-twister';
import { mcnemarExact } from './mcnemar';

const RESAMPLES = 10_000;
/** Any fixed seed: the same images give the same interval. */
const SEED = 20210901;

/**
 * Paired difference in accuracy on the same images: new minus base, with a 95 % percentile bootstrap over images and
 * McNemar's exact test.
 */
export function pairedDelta(labels: Int32Array, base: Int32Array, next: Int32Array): Delta {
  const n = labels.length;
  let [fixed, broken] = [0, 0];
  for (let i = 0; i < n; i++) {
    const [before, after] = [base[i] === labels[i], next[i] === labels[i]];
    if (after && !before) fixed += 1;
    if (before && !after) broken += 1;
  }
  const { low, high } = bootstrap(fixed, broken, n);
  return {
    difference: n === 0 ? 0 : (fixed - broken) / n,
    low,
    high,
    n,
    fixed,
    broken,
    p: mcnemarExact(broken, fixed),
  };
}

/**
 * An image contributes +1, −1 or 0, so a resample of n images is a multinomial draw: the number of changed images
 * first, then how many of them are fixed. Both are binomial.
 */
function bootstrap(
  fixed: number,
  broken: number,
  n: number,
): { readonly low: number; readonly high: number } {
  const changed = fixed + broken;
  if (n === 0 || changed === 0) return { low: 0, high: 0 };
  const random = pythonRandom(SEED);
  const differences = new Float64Array(RESAMPLES);
  const changes = binomialSampler(n, changed / n);
  for (let r = 0; r < RESAMPLES; r++) {
    const drawn = changes(random.random());
    let gained = 0;
    if (broken === 0) gained = drawn;
    else if (fixed > 0) gained = binomialSampler(drawn, fixed / changed)(random.random());
    differences[r] = (2 * gained - drawn) / n;
  }
  differences.sort();
  const quantile = (q: number) => {
    const at = q * (RESAMPLES - 1);
    const below = Math.floor(at);
    return (
      differences[below]! +
      (at - below) * (differences[Math.min(below + 1, RESAMPLES - 1)]! - differences[below]!)
    );
  };
  return { low: quantile(0.025), high: quantile(0.975) };
}

const samplers = new Map<string, Float64Array>();

/** Inverse of the binomial distribution function, tabulated once per (n, p). */
function binomialSampler(n: number, p: number): (uniform: number) => number {
  const key = `${n} ${p}`;
  let cumulative = samplers.get(key);
  if (cumulative === undefined) {
    if (samplers.size > 5000) samplers.clear();
    cumulative = new Float64Array(n + 1);
    let sum = 0;
    let log = n * Math.log1p(-p);
    if (p >= 1) log = Number.NEGATIVE_INFINITY;
    for (let k = 0; k <= n; k++) {
      sum += p >= 1 ? Number(k === n) : Math.exp(log);
      cumulative[k] = sum;
      log += Math.log((n - k) / (k + 1)) + Math.log(p) - Math.log1p(-p);
    }
    samplers.set(key, cumulative);
  }
  const table = cumulative;
  return uniform => {
    let [from, to] = [0, n];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (table[middle]! > uniform) to = middle;
      else from = middle + 1;
    }
    return from;
  };
}
