import type { Report } from '../../shared/contracts/report';
import { counted } from '../../shared/format/count';
import { fullDelta, markedDelta } from '../../shared/format/delta';
import { duration } from '../../shared/format/duration';
import { pValue } from '../../shared/format/p-value';
import { percent, percentRange, percentSpread } from '../../shared/format/percent';
import { pointsRange } from '../../shared/format/points';
import { recipeInWords } from '../../shared/format/recipe';
import { repeatCommand, repeatFacts } from '../../shared/format/repeat-command';
import { reportNotes } from '../../shared/format/report-notes';
import { KIND_WORDS, VERDICT_WORDS } from '../../shared/format/report-words';
import { shellOf } from '../../shared/format/shell-argument';
import { shotsInWords } from '../../shared/format/shots';
import { verdictOf } from '../../shared/format/verdict';
import { aimRows, calibrationNotes } from '../../shared/verdicts/confidence-words';
import type { Terminal } from './terminal';
import { textTable } from './text-table';

/** The report as text: what was gained, on how many images, how sure that is, and against what. */
export function printReport(terminal: Terminal, report: Report): void {
  const { headline, baseline, results, provenance } = report;
  const { counts, recipe } = provenance;
  terminal.print(`${VERDICT_WORDS[verdictOf(headline)]}: ${fullDelta(headline)}`);
  terminal.print(
    `${counted(headline.fixed, 'image')} fixed, ${headline.broken} broken · baseline “${baseline}”`,
  );
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
      results.map(({ kind, label, dev, test, std, delta, bestOnDev }) => [
        label,
        dev === null ? '–' : percent(dev.value),
        std === undefined ? percent(test.accuracy.value) : percentSpread(test.accuracy.value, std),
        percentRange(test.accuracy.low, test.accuracy.high),
        delta === null ? 'baseline' : markedDelta(delta),
        delta === null ? '' : pointsRange(delta.low, delta.high),
        delta === null ? '' : pValue(delta.p),
        [KIND_WORDS[kind], bestOnDev === true ? 'best on dev' : ''].filter(Boolean).join(', '),
      ]),
    ),
  );
  terminal.print();
  terminal.print(
    `n = ${counts.test} test images, never used before · ${counts.train} training images (${shotsInWords(recipe.shots, counts.perClass)}), ${counts.dev} dev · ${recipeInWords(recipe)} · ${provenance.device} · ${duration(provenance.seconds)}`,
  );
  for (const warning of report.warnings ?? []) terminal.print(`Note: ${warning}`);
  for (const note of reportNotes(report)) terminal.print(note);
  printConfidence(terminal, report);
  terminal.print(`Again: ${repeatCommand(repeatFacts(report), shellOf(process.platform))}`);
}

function printConfidence(terminal: Terminal, { confidence, provenance }: Report): void {
  if (confidence === undefined) return;
  for (const note of calibrationNotes(confidence, provenance)) terminal.print(note);
  terminal.print();
  terminal.print(
    textTable(
      [
        { title: 'of the answers' },
        { title: '“none of these” below', align: 'right' },
        { title: 'answered on dev' },
        { title: 'answered on test' },
      ],
      aimRows(confidence, provenance).map(({ aim, threshold, dev, test }) => [aim, threshold, dev, test]),
    ),
  );
  terminal.print();
}
