import type { Delta, Proportion } from '../../shared/contracts/report';
import { accuracyOverSeeds, deltaOverSeeds } from './over-seeds';
import { pairedDelta } from './paired-delta';
import { proportion } from './wilson';

/** Accuracy of predictions [n]: of one seed, or of several taken together. */
export function accuracyOf(labels: Int32Array, answers: readonly Int32Array[]): Proportion {
  const [first, ...more] = answers;
  if (more.length > 0) return accuracyOverSeeds(labels, answers);
  return proportion(first!.filter((prediction, i) => prediction === labels[i]).length, labels.length);
}

/** The same seeds against other predictions on the same images. */
export function deltaOf(labels: Int32Array, base: Int32Array, answers: readonly Int32Array[]): Delta {
  const [first, ...more] = answers;
  return more.length === 0 ? pairedDelta(labels, base, first!) : deltaOverSeeds(labels, base, answers);
}
