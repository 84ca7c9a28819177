import type { Report } from '../contracts/report';
import { counted } from './count';

/** What the linear probe of a report is, or why it has none; null for a report of an earlier version. */
export function linearProbeNote({
  linearProbe,
  seeds,
}: Pick<Report, 'linearProbe' | 'seeds'>): string | null {
  if (linearProbe === undefined) return null;
  if ('leftOut' in linearProbe) return `There is no linear probe: ${linearProbe.leftOut}.`;
  const { trainImages, seed, c } = linearProbe;
  const same = `the same ${counted(trainImages, 'training image')}${seeds.length > 1 ? ` (seed ${seed})` : ''}`;
  return `The linear probe is no prompt and cannot be applied: it is logistic regression on the image features of ${same} and uses no text. Its penalty, C = ${Number(c.toPrecision(3))}, was chosen on the dev images.`;
}
