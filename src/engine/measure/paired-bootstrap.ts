import { TAIL } from './confidence';

/** Masses this far below the mode's add nothing to a float64 sum. */
const NEGLIGIBLE = 1e-20;

/**
 * 95 % percentile bootstrap interval of a paired difference in accuracy, in the limit of infinitely many resamples, so
 * that it needs no random numbers. An image contributes +1 (fixed), −1 (broken) or 0; the number of changed images in a
 * resample of n is binomial, and so is the number of fixed ones among them, which gives the difference's distribution.
 * Time grows with n, memory holds one array of 2n + 1.
 * @returns the outermost differences, −1…1, beyond which less than 2.5 % of resamples lie on either side
 */
export function bootstrapInterval(
  fixed: number,
  broken: number,
  n: number,
): { readonly low: number; readonly high: number } {
  const changed = fixed + broken;
  if (changed === 0) return { low: 0, high: 0 };
  /** Mass of every sum of contributions −n…n. */
  const distribution = new Float64Array(2 * n + 1);
  const changes = binomial(n, changed / n);
  for (const [i, changesMass] of changes.masses.entries()) {
    const drawn = changes.first + i;
    const gains = binomial(drawn, fixed / changed);
    for (const [j, mass] of gains.masses.entries())
      distribution[n + 2 * (gains.first + j) - drawn]! += changesMass * mass;
  }
  const tailEnd = (from: number, towards: 1 | -1) => {
    let at = from;
    for (let sum = distribution[at]!; sum < TAIL; sum += distribution[at]!) at += towards;
    return at;
  };
  return { low: (tailEnd(0, 1) - n) / n, high: (tailEnd(2 * n, -1) - n) / n };
}

/** The binomial distribution where it is not negligible: masses of first, first + 1, …, with the sum 1. */
function binomial(n: number, p: number): { readonly first: number; readonly masses: Float64Array } {
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const odds = p / (1 - p);
  // Relative to the mode's mass nothing can underflow before it is negligible.
  const below: number[] = [];
  for (let k = mode, mass = 1; k > 0; k--) {
    mass *= k / ((n - k + 1) * odds);
    if (mass < NEGLIGIBLE) break;
    below.push(mass);
  }
  const above: number[] = [];
  for (let k = mode, mass = 1; k < n; k++) {
    mass *= ((n - k) / (k + 1)) * odds;
    if (mass < NEGLIGIBLE) break;
    above.push(mass);
  }
  const masses = Float64Array.from([...below.reverse(), 1, ...above]);
  const sum = masses.reduce((a, b) => a + b, 0);
  return { first: mode - below.length, masses: masses.map(mass => mass / sum) };
}
