import path from 'node:path';
import type { WorstClass } from '../../shared/contracts/protocol';
import type { Delta, Proportion } from '../../shared/contracts/report';
import { confusionMatrix } from './metrics';
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
  const confusion = confusionMatrix(labels, predictions, classNames.length);
  const classes = confusion.flatMap((row, label) => {
    const n = row.reduce((a, b) => a + b, 0);
    if (n === 0) return [];
    const wrong = row.map((count, c) => (c === label ? 0 : count));
    const most = Math.max(...wrong);
    return [
      {
        name: classNames[label]!,
        accuracy: row[label]! / n,
        n,
        confusedWith: most === 0 ? null : classNames[wrong.indexOf(most)]!,
        folder: path.dirname(paths[labels.indexOf(label)]!),
      },
    ];
  });
  const correct = confusion.reduce((sum, row, label) => sum + row[label]!, 0);
  return {
    accuracy: proportion(correct, labels.length),
    delta: baseline === null ? null : pairedDelta(labels, baseline, predictions),
    worst: classes.sort((a, b) => a.accuracy - b.accuracy).slice(0, WORST),
  };
}
