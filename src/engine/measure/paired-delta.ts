import type { Delta } from '../../shared/contracts/report';
import { SIGNIFICANT } from '../../shared/format/verdict';
import { discordant } from './discordant';
import { exactInterval } from './exact-interval';
import { mcnemarExact } from './mcnemar';
import { bootstrapInterval } from './paired-bootstrap';

type Interval = Pick<Delta, 'low' | 'high'>;

/**
 * Paired difference in accuracy on the same images: new minus base, with a 95 % percentile bootstrap over images and
 * McNemar's exact test. Where few images changed, the bootstrap may leave zero out though the test does not (four fixed, none
 * broken: p = 0.125); the interval is then the wider of the bootstrap's and the test's own, so that both say the same.
 */
export function pairedDelta(labels: Int32Array, base: Int32Array, next: Int32Array): Delta {
  const n = labels.length;
  const { fixed, broken } = discordant(labels, base, next);
  const p = mcnemarExact(broken, fixed);
  const bootstrap = bootstrapInterval(fixed, broken, n);
  const shown = p < SIGNIFICANT ? bootstrap : union(bootstrap, exactInterval(fixed, broken, n));
  return {
    difference: n === 0 ? 0 : (fixed - broken) / n,
    ...shown,
    n,
    fixed,
    broken,
    p,
  };
}

/** Only an interval that leaves zero out is widened. */
function union(bootstrap: Interval, exact: Interval): Interval {
  if (bootstrap.low <= 0 && bootstrap.high >= 0) return bootstrap;
  return { low: Math.min(bootstrap.low, exact.low, 0), high: Math.max(bootstrap.high, exact.high, 0) };
}
