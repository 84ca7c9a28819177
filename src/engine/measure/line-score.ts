import path from 'node:path';
import type { WorstClass } from '../../shared/contracts/protocol';
import type { Delta, Proportion } from '../../shared/contracts/report';
import { classCounts } from './metrics';
import { pairedDelta } from './paired-delta';
import { proportion } from './wilson';

const WORST = 3;

/** What a hint shows of one line: accuracy, difference from the baseline (null without one), and its worst classes. */
export function lineScore(scored: {
  readonly labels: Int32Array;
  readonly predictions: Int32Array;
  readonly baseline: Int32Array | null;
  readonly classNames: readonly string[];
  /** Absolute path of each image, in the order of `labels`. */
  readonly paths: readonly string[];
}): { readonly accuracy: Proportion; readonly delta: Delta | null; readonly worst: readonly WorstClass[] } {
  const { labels, predictions, baseline, classNames, paths } = scored;
  const counts = classCounts(labels, predictions, classNames.length);
  const confusedWith = mostConfused(labels, predictions);
  const first = new Map<number, number>();
  for (const [at, label] of labels.entries()) if (!first.has(label)) first.set(label, at);
  const classes = [...first]
    .sort(([a], [b]) => a - b)
    .map(([label, at]) => {
      const other = confusedWith.get(label);
      return {
        name: classNames[label]!,
        accuracy: counts.correct[label]! / counts.images[label]!,
        n: counts.images[label]!,
        confusedWith: other === undefined ? null : classNames[other]!,
        folder: path.dirname(paths[at]!),
      };
    });
  const correct = counts.correct.reduce((sum, each) => sum + each, 0);
  return {
    accuracy: proportion(correct, labels.length),
    delta: baseline === null ? null : pairedDelta(labels, baseline, predictions),
    worst: classes.sort((a, b) => a.accuracy - b.accuracy).slice(0, WORST),
  };
}

/** The class that most images of each class are wrongly taken for, the first of equals; classes without errors have none. */
function mostConfused(labels: Int32Array, predictions: Int32Array): ReadonlyMap<number, number> {
  const errors = new Map<number, Map<number, number>>();
  for (const [at, label] of labels.entries()) {
    const predicted = predictions[at]!;
    if (predicted === label) continue;
    const row = errors.get(label) ?? new Map<number, number>();
    errors.set(label, row.set(predicted, (row.get(predicted) ?? 0) + 1));
  }
  return new Map(
    [...errors].map(([label, row]) => {
      const [most] = [...row].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a));
      return [label, most];
    }),
  );
}
