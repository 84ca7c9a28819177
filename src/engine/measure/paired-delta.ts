import type { Delta } from '../../shared/contracts/report';
import { mcnemarExact } from './mcnemar';
import { bootstrapInterval } from './paired-bootstrap';

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
  const { low, high } = bootstrapInterval(fixed, broken, n);
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
