import type { Proportion } from '../../shared/contracts/report';

/** Two-sided 95 % point of the normal distribution. */
export const Z_95 = 1.959963984540054;

/** A proportion with its Wilson score interval, without continuity correction; n = 0 gives 0 in [0, 1]. */
export function proportion(successes: number, n: number, z: number = Z_95): Proportion {
  if (n === 0) return { value: 0, low: 0, high: 1, n };
  const value = successes / n;
  const square = z * z;
  const centre = (successes + square / 2) / (n + square);
  const half = (z / (n + square)) * Math.sqrt((successes * (n - successes)) / n + square / 4);
  return {
    value,
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === n ? 1 : Math.min(1, centre + half),
    n,
  };
}
