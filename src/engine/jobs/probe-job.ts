import { counted } from '../../shared/format/count';
import type { LabelledFeatures } from '../methods/linear-probe/logistic-regression';
import type { ProbeJob } from './analysis-messages';

/** Numbers of all training features times classes in the largest fit: some minutes of one core. */
const MAX_SIZE = 200e6;

/**
 * The linear probe that stands beside a learned prompt, or why none does.
 * @param train the shots that the prompt was learned from
 * @param test [n, E]
 */
export function probeJob(
  train: LabelledFeatures,
  dev: LabelledFeatures,
  test: Float32Array,
  classes: number,
): ProbeJob | { readonly leftOut: string } {
  if (dev.labels.length === 0) return { leftOut: 'no dev image is left to choose its penalty on' };
  if (train.features.length * classes > MAX_SIZE) {
    const size = `${counted(train.labels.length, 'image')} of ${counted(classes, 'class', 'classes')}`;
    return { leftOut: `to fit it to ${size} would take longer than the rest of the report` };
  }
  // Named one by one: what else the caller's objects hold need not cross into the thread.
  const { features, labels } = dev;
  return { train, dev: { features, labels }, test, classes };
}
