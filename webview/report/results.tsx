import type { PromptResult, Report } from '../../src/shared/contracts/report';
import { markedDelta } from '../../src/shared/format/delta';
import { pValue } from '../../src/shared/format/p-value';
import { percent, percentRange, percentSpread } from '../../src/shared/format/percent';
import { pointsRange } from '../../src/shared/format/points';
import { reportNotes } from '../../src/shared/format/report-notes';
import { KIND_WORDS } from '../../src/shared/format/report-words';
import { type Column, SortableTable } from '../common/sortable-table';

function notes({ kind, delta, bestOnDev }: PromptResult): string {
  return [KIND_WORDS[kind], delta === null ? 'baseline' : '', bestOnDev === true ? 'best on dev' : '']
    .filter(note => note !== '')
    .join(', ');
}

const COLUMNS: readonly Column<PromptResult>[] = [
  {
    id: 'prompt',
    title: 'Prompt',
    class: 'prompt',
    value: ({ label }) => label,
    cell: result => (
      <>
        {result.kind === 'method' ? <span>{result.label}</span> : <code>{result.label}</code>}
        {notes(result) !== '' && <span class="note">{notes(result)}</span>}
      </>
    ),
  },
  {
    id: 'test',
    title: 'Test',
    explains: 'Accuracy on the test images',
    value: ({ test }) => test.accuracy.value,
    cell: ({ test, std }) =>
      std === undefined ? percent(test.accuracy.value) : percentSpread(test.accuracy.value, std),
  },
  {
    id: 'delta',
    title: 'Change',
    explains: 'Against the baseline; n.s. (not significant) where the 95 % interval includes zero',
    value: ({ delta }) => delta?.difference ?? 0,
    cell: ({ delta }) =>
      delta === null ? '–' : <span title={pointsRange(delta.low, delta.high)}>{markedDelta(delta)}</span>,
  },
  {
    id: 'p',
    title: 'p',
    explains: 'McNemar’s exact test against the baseline',
    value: ({ delta }) => delta?.p ?? null,
    cell: ({ delta }) => (delta === null ? '–' : pValue(delta.p).replace('p = ', '').replace('p ', '')),
  },
  {
    id: 'dev',
    title: 'Dev',
    explains:
      'Accuracy on the dev images, which choose between prompts; the gain is what the test images say',
    value: ({ dev }) => dev?.value ?? null,
    cell: ({ dev }) => (dev === null ? '–' : percent(dev.value)),
  },
  {
    id: 'interval',
    title: '95 % interval',
    explains: 'Where the accuracy on all such images lies, as far as these test images tell (Wilson)',
    value: ({ test }) => test.accuracy.low,
    cell: ({ test }) => percentRange(test.accuracy.low, test.accuracy.high),
  },
  {
    id: 'top5',
    title: 'Top 5',
    explains: 'How often the true class is among the five likeliest answers',
    value: ({ test }) => test.top5,
    cell: ({ test }) => percent(test.top5),
  },
  {
    id: 'f1',
    title: 'Macro F1',
    explains:
      'Mean over the classes of F1, which is high where few images of a class are missed and few others are taken for it; small classes count as much as large ones',
    value: ({ test }) => test.macroF1,
    cell: ({ test }) => percent(test.macroF1),
  },
  {
    id: 'balanced',
    title: 'Balanced',
    explains: 'Mean of the classes’ accuracies',
    value: ({ test }) => test.balancedAccuracy,
    cell: ({ test }) => percent(test.balancedAccuracy),
  },
  {
    id: 'ece',
    title: 'ECE',
    explains:
      'Expected calibration error: how far the prompt’s confidence lies from how often it is right, on average (15 bins); lower is better',
    value: ({ test }) => test.ece,
    cell: ({ test }) => percent(test.ece),
  },
];

/** Every prompt of the document and the learned one, on the same test images. */
export function Results({ report }: { readonly report: Report }) {
  return (
    <section class="results">
      <h2>Prompts on the test images</h2>
      <SortableTable
        name="results"
        caption="Prompts on the test images"
        columns={COLUMNS}
        rows={report.results}
        rowClass={({ kind }) => kind}
        limit={100}
      />
      {reportNotes(report).map(note => (
        <p class="note" key={note}>
          {note}
        </p>
      ))}
    </section>
  );
}
