/**
 * Exact two-sided McNemar test: how likely a split at least this uneven of b + c discordant pairs is by chance.
 * @param b pairs that only the first gets right
 * @param c pairs that only the second gets right
 */
export function mcnemarExact(b: number, c: number): number {
  const n = b + c;
  if (b === c) return 1;
  const few = Math.min(b, c);
  // Terms of the binomial distribution from the mode's side down, in logarithms: n may be tens of thousands.
  let log = -n * Math.LN2;
  let tail = Math.exp(log);
  for (let k = 1; k <= few; k++) {
    log += Math.log((n - k + 1) / k);
    tail += Math.exp(log);
  }
  return Math.min(1, 2 * tail);
}
