import { TAIL } from './confidence';

const BISECTIONS = 60;

/**
 * 95 % interval of a paired difference in accuracy that McNemar's exact test has: Clopper and Pearson's of the share of
 * fixed images among the changed ones (Biometrika 26, 1934), as a difference over all n. It includes zero exactly where the
 * test's p is 0.05 or more.
 * @returns differences, −1…1
 */
export function exactInterval(
  fixed: number,
  broken: number,
  n: number,
): { readonly low: number; readonly high: number } {
  const changed = fixed + broken;
  if (changed === 0) return { low: 0, high: 0 };
  const difference = (share: number) => ((2 * share - 1) * changed) / n;
  return { low: difference(lowerShare(fixed, changed)), high: difference(1 - lowerShare(broken, changed)) };
}

/** The share at which `hits` or more of `trials` have the probability 2.5 %. */
function lowerShare(hits: number, trials: number): number {
  if (hits === 0) return 0;
  let [low, high] = [0, hits / trials];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (upperTail(hits, trials, middle) < TAIL) low = middle;
    else high = middle;
  }
  return low;
}

/** Probability of `hits` or more, for a share of at most hits / trials, where the terms fall from `hits` on. */
function upperTail(hits: number, trials: number, share: number): number {
  let log = hits * Math.log(share) + (trials - hits) * Math.log1p(-share);
  for (let k = 1; k <= hits; k++) log += Math.log((trials - hits + k) / k);
  let [sum, term] = [0, Math.exp(log)];
  for (let k = hits; k <= trials && term > sum * 1e-18; k++) {
    sum += term;
    term *= ((trials - k) / (k + 1)) * (share / (1 - share));
  }
  return sum;
}
