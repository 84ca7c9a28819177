import type { Delta, Proportion } from '../../shared/contracts/report';
import { pythonRandom } from '../random/mersenne-twister';
import { TAIL } from './confidence';

const REPLICATES = 2000;
/** Of the resampling; any other gives the same interval within its noise. */
const SEED = 20220901;

/**
 * Mean difference in accuracy of several seeds on the same images, each against the baseline's answers. Its interval is the
 * 95 % percentile of a hierarchical bootstrap, over seeds and over images, so that it tells what another seed on other
 * images may give (Davison & Hinkley, Bootstrap Methods, 3.8); p is twice the share of resamples on the other side of zero.
 * @param answers predictions [n] of each seed, two or more
 */
export function deltaOverSeeds(labels: Int32Array, base: Int32Array, answers: readonly Int32Array[]): Delta {
  const n = labels.length;
  const [fixed, broken] = [0, 0].map(() => answers.map(() => 0));
  const differences = answers.map((next, seed) =>
    Int8Array.from(labels, (label, i) => {
      const [before, after] = [Number(base[i] === label), Number(next[i] === label)];
      if (after > before) fixed![seed]! += 1;
      if (before > after) broken![seed]! += 1;
      return after - before;
    }),
  );
  const resampled = resampledMeans(differences, n);
  const difference = mean(fixed!.map((count, seed) => (n === 0 ? 0 : (count - broken![seed]!) / n)));
  const [below, above] = [
    resampled.filter(value => value <= 0).length,
    resampled.filter(value => value >= 0).length,
  ];
  return {
    difference,
    ...intervalOf(resampled),
    n,
    fixed: Math.round(mean(fixed!)),
    broken: Math.round(mean(broken!)),
    p: Math.min(1, (2 * Math.min(below, above)) / REPLICATES),
    seeds: answers.length,
  };
}

/** Mean accuracy of several seeds on the same images, with the interval of the same resampling. */
export function accuracyOverSeeds(labels: Int32Array, answers: readonly Int32Array[]): Proportion {
  const n = labels.length;
  if (n === 0) return { value: 0, low: 0, high: 1, n };
  const right = answers.map(next => Int8Array.from(labels, (label, i) => Number(next[i] === label)));
  const value = mean(right.map(each => each.reduce((a, b) => a + b, 0) / n));
  return { value, ...intervalOf(resampledMeans(right, n)), n };
}

/** Mean and sample standard deviation (n − 1) of at least two values. */
export function meanAndStd(values: readonly number[]): { readonly mean: number; readonly std: number } {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return { mean: centre, std: Math.sqrt(squares / (values.length - 1)) };
}

/** Means of resamples, ascending: seeds drawn with replacement, then images, the same ones for all seeds drawn. */
function resampledMeans(values: readonly Int8Array[], n: number): Float64Array {
  const random = pythonRandom(SEED);
  const means = new Float64Array(REPLICATES);
  if (n === 0) return means;
  // Few seeds are drawn in few ways: three in ten.
  const known = new Map<string, Int32Array>();
  for (let replicate = 0; replicate < REPLICATES; replicate++) {
    const times = new Array<number>(values.length).fill(0);
    for (let drawn = 0; drawn < values.length; drawn++)
      times[Math.floor(random.random() * values.length)]! += 1;
    const key = times.join();
    const counts = known.get(key) ?? countsOfSums(values, times, n);
    known.set(key, counts);
    means[replicate] = drawnSum(counts, values.length, n, random) / (n * values.length);
  }
  return means.sort();
}

/** How many images have each sum −seeds…seeds: all that matters of them, since images are drawn from these counts. */
function countsOfSums(values: readonly Int8Array[], times: readonly number[], n: number): Int32Array {
  const most = values.length;
  const counts = new Int32Array(2 * most + 1);
  for (let i = 0; i < n; i++) {
    let sum = most;
    for (const [seed, factor] of times.entries()) sum += factor * values[seed]![i]!;
    counts[sum]! += 1;
  }
  return counts;
}

function drawnSum(counts: Int32Array, most: number, n: number, random: { random(): number }): number {
  let [total, left, share] = [0, n, n];
  for (let value = -most; value <= most && left > 0; value++) {
    const count = counts[value + most]!;
    if (count === 0) continue;
    const drawn = count === share ? left : binomialDraw(left, count / share, random);
    total += value * drawn;
    left -= drawn;
    share -= count;
  }
  return total;
}

/** Below this, the probability of no success has too few digits left to count up from. */
const LEAST_PROBABILITY = 1e-280;

/** One number of a binomial distribution, by inversion of its sum from zero up (Devroye, 1986, X.4.3). */
function binomialDraw(n: number, p: number, random: { random(): number }): number {
  if (p > 0.5) return n - binomialDraw(n, 1 - p, random);
  let probability = (1 - p) ** n;
  if (probability < LEAST_PROBABILITY) {
    const half = Math.floor(n / 2);
    return binomialDraw(half, p, random) + binomialDraw(n - half, p, random);
  }
  const odds = p / (1 - p);
  let left = random.random();
  let drawn = 0;
  while (left > probability && drawn < n) {
    left -= probability;
    drawn += 1;
    probability *= ((n + 1) / drawn - 1) * odds;
  }
  return drawn;
}

function intervalOf(ascending: Float64Array): { readonly low: number; readonly high: number } {
  // The last of the values left out; beyond it lie fewer than 2.5 %, as p counts them.
  const at = Math.ceil(TAIL * ascending.length) - 1;
  return { low: ascending[at]!, high: ascending[ascending.length - 1 - at]! };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
