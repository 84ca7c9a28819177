import type { PromptKind, Report } from '../../shared/contracts/report';
import { counted } from '../../shared/format/count';
import { fullDelta, markedDelta, verdictOf } from '../../shared/format/delta';
import { duration } from '../../shared/format/duration';
import { linearProbeNote } from '../../shared/format/linear-probe';
import { pValue } from '../../shared/format/p-value';
import { percent, percentRange, percentSpread } from '../../shared/format/percent';
import { pointsRange } from '../../shared/format/points';
import { repeatCommand } from '../../shared/format/repeat-command';
import { shellOf } from '../../shared/format/shell-argument';
import { shotsInWords } from '../../shared/format/shots';
import type { Terminal } from './terminal';
import { textTable } from './text-table';

const KINDS: Readonly<Record<PromptKind, string>> = {
  template: '',
  ensemble: 'ensemble',
  learned: 'learned',
  'linear-probe': 'image features only',
};

/** The report as text: what was gained, on how many images, how sure that is, and against what. */
export function printReport(terminal: Terminal, report: Report): void {
  const { headline, baseline, results, seedAverage, provenance, seeds } = report;
  const { counts, recipe } = provenance;
  const words = {
    gain: 'The learned prompt is better than the baseline',
    loss: 'The learned prompt is WORSE than the baseline',
    none: 'No difference between the learned prompt and the baseline is shown',
  }[verdictOf(headline)];
  terminal.print(`${words}: ${fullDelta(headline)}`);
  terminal.print(
    `${counted(headline.fixed, 'image')} fixed, ${headline.broken} broken · baseline “${baseline}”`,
  );
  if (seedAverage !== undefined) {
    terminal.print(
      `Mean of ${counted(seeds.length, 'seed')}: ${percentSpread(seedAverage.mean, seedAverage.std)} test accuracy`,
    );
  }
  terminal.print();
  terminal.print(
    textTable(
      [
        { title: 'prompt' },
        { title: 'dev', align: 'right' },
        { title: 'test', align: 'right' },
        { title: '95 % interval', align: 'right' },
        { title: 'delta', align: 'right' },
        { title: '95 % interval', align: 'right' },
        { title: 'p' },
        { title: '' },
      ],
      results.map(({ kind, label, dev, test, delta, bestOnDev }) => [
        label,
        dev === null ? '–' : percent(dev.value),
        percent(test.accuracy.value),
        percentRange(test.accuracy.low, test.accuracy.high),
        delta === null ? 'baseline' : markedDelta(delta),
        delta === null ? '' : pointsRange(delta.low, delta.high),
        delta === null ? '' : pValue(delta.p),
        [KINDS[kind], bestOnDev === true ? 'best template on dev' : ''].filter(Boolean).join(', '),
      ]),
    ),
  );
  terminal.print();
  terminal.print(
    `n = ${counts.test} test images, never used before · ${counts.train} training images (${shotsInWords(recipe.shots, counts.perClass)}), ${counts.dev} dev · ${recipe.name}, ${recipe.epochs} epochs · ${provenance.device} · ${duration(provenance.seconds)}`,
  );
  for (const warning of report.warnings ?? []) terminal.print(`Note: ${warning}`);
  const probe = linearProbeNote(report);
  if (probe !== null) terminal.print(probe);
  terminal.print(
    `Again: ${repeatCommand({ ...provenance, document: report.document, template: report.template }, shellOf(process.platform))}`,
  );
}
