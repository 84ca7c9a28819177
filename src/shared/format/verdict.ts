import type { Delta } from '../contracts/report';

/** A p-value below this, and an interval of 95 %, are what a difference takes to be told. */
export const SIGNIFICANT = 0.05;

/** `none`: the data do not show a difference in either direction. */
export type Verdict = 'gain' | 'loss' | 'none';

/**
 * What a difference means, for every place that shows one: a gain or a loss where interval and test both leave zero out.
 * Measured here they agree (engine/measure/paired-delta.ts); in a file of anyone they need not.
 */
export function verdictOf({ low, high, p }: Pick<Delta, 'low' | 'high' | 'p'>): Verdict {
  if (!(p < SIGNIFICANT)) return 'none';
  if (low > 0) return 'gain';
  return high < 0 ? 'loss' : 'none';
}
