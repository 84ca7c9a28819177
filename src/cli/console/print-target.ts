import path from 'node:path';
import type { TargetReport } from '../../engine/jobs/report-targets';
import type { TargetScores } from '../../shared/contracts/protocol';
import { counted } from '../../shared/format/count';
import { markedDelta } from '../../shared/format/delta';
import { pValue } from '../../shared/format/p-value';
import { percent, percentRange, percentSpread } from '../../shared/format/percent';
import { pointsRange } from '../../shared/format/points';
import type { Terminal } from './terminal';
import { textTable } from './text-table';

/** `On sketches: 300 images, 8 of 10 classes`. */
export function targetHead({ folder, images, classes, ofClasses }: Omit<TargetScores, 'scores'>): string {
  const named = path.relative(process.cwd(), folder) || folder;
  const subset =
    classes === ofClasses
      ? counted(classes, 'class', 'classes')
      : `${classes} of ${ofClasses} classes, and answers among these only`;
  return `On ${named}: ${counted(images, 'image')}, ${subset}`;
}

/** A run's answers about another folder, as a table. */
export function printTarget(terminal: Terminal, target: TargetReport): void {
  terminal.print(['', targetHead(target), '']);
  terminal.print(
    textTable(
      [
        { title: 'prompt' },
        { title: 'accuracy', align: 'right' },
        { title: '95 % interval', align: 'right' },
        { title: 'delta', align: 'right' },
        { title: '95 % interval', align: 'right' },
        { title: 'p' },
      ],
      target.rows.map(({ label, accuracy, std, delta }) => [
        label,
        std === undefined ? percent(accuracy.value) : percentSpread(accuracy.value, std),
        percentRange(accuracy.low, accuracy.high),
        delta === null ? 'baseline' : markedDelta(delta),
        delta === null ? '' : pointsRange(delta.low, delta.high),
        delta === null ? '' : pValue(delta.p),
      ]),
    ),
  );
}
