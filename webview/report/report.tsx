import { counted } from '../../src/shared/format/count';
import { fullDelta, markedDelta, verdictOf } from '../../src/shared/format/delta';
import { duration } from '../../src/shared/format/duration';
import { pInWords, pValue } from '../../src/shared/format/p-value';
import { percent, percentRange, percentSpread } from '../../src/shared/format/percent';
import { points } from '../../src/shared/format/points';
import type { Report } from '../../src/shared/report';
import type { FromReport } from '../../src/shared/webview';
import { ConfusionTable } from './confusion-table';
import { FlippedImages } from './flipped-images';
import { PerClass } from './per-class';

export interface ReportProps {
  readonly report: Report;
  readonly applied: boolean;
  readonly thumbnails: Readonly<Record<string, string | null>>;
  /** Null in the self-contained page, where there is no editor to talk to. */
  readonly send: ((message: FromReport) => void) | null;
}

const VERDICTS = {
  gain: 'The learned prompt is better than the baseline.',
  loss: 'The learned prompt is worse than the baseline. Keep the baseline.',
  none: 'No difference between the learned prompt and the baseline is shown.',
};

/** What a run gained on test images: headline, table, images, classes, confusions, words, provenance. */
export function ReportPage({ report, applied, thumbnails, send }: ReportProps) {
  const { headline, seeds, seedAverage, fixed, broken } = report;
  const verdict = verdictOf(headline);
  return (
    <main>
      <header class={verdict}>
        <p class="figure">{points(headline.difference)}</p>
        <div>
          <h1>{VERDICTS[verdict]}</h1>
          <p>
            {fullDelta(headline)}. {pInWords(headline.p)}
          </p>
          {seedAverage !== undefined && (
            <p>
              Mean of {counted(seeds.length, 'seed')}: {percentSpread(seedAverage.mean, seedAverage.std)}
            </p>
          )}
        </div>
      </header>
      <p class="lines">
        <code>{report.replaces}</code> → <code>{report.results.at(-1)?.label}</code>
        {send !== null && (
          <button type="button" disabled={applied} onClick={() => send({ type: 'apply' })}>
            {applied ? 'Applied' : 'Apply'}
          </button>
        )}
      </p>
      <Results report={report} />
      <FlippedImages title="Fixed" flips={fixed} report={report} thumbnails={thumbnails} send={send} />
      <FlippedImages title="Broken" flips={broken} report={report} thumbnails={thumbnails} send={send} />
      <PerClass classes={report.perClass} />
      <ConfusionTable report={report} />
      <Words report={report} />
      <Provenance report={report} send={send} />
    </main>
  );
}

function Results({ report: { results } }: { readonly report: Report }) {
  return (
    <section>
      <h2>Prompts on the test images</h2>
      <div class="scroll">
        <table class="results">
          <thead>
            <tr>
              {[
                'Prompt',
                'Dev',
                'Test',
                '95 % interval',
                'Delta',
                '',
                'Top 5',
                'Macro F1',
                'Balanced',
                'ECE',
                '',
              ].map((title, at) => (
                <th scope="col" key={`${title}${at}`}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {results.map(({ kind, label, dev, test, delta, bestOnDev }) => (
              <tr key={label} class={kind}>
                <th scope="row">
                  <code>{label}</code>
                </th>
                <td>{dev === null ? '–' : percent(dev.value)}</td>
                <td>{percent(test.accuracy.value)}</td>
                <td>{percentRange(test.accuracy.low, test.accuracy.high)}</td>
                <td>{delta === null ? 'baseline' : markedDelta(delta)}</td>
                <td>{delta === null ? '' : pValue(delta.p)}</td>
                <td>{percent(test.top5)}</td>
                <td>{percent(test.macroF1)}</td>
                <td>{percent(test.balancedAccuracy)}</td>
                <td>{percent(test.ece)}</td>
                <td class="note">
                  {[kind === 'template' ? '' : kind, bestOnDev === true ? 'best template on dev' : '']
                    .filter(Boolean)
                    .join(', ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Words({ report: { nearestWords } }: { readonly report: Report }) {
  if (nearestWords.length === 0) return null;
  return (
    <details>
      <summary>Nearest words of the learned vectors</summary>
      <p class="note">
        Distances between embeddings. The paper warns: the words seldom mean anything, the vectors lie far
        from all of them.
      </p>
      <table>
        <tbody>
          {nearestWords.map(({ slot, vector, className, words }) => (
            <tr key={`${slot} ${vector} ${className ?? ''}`}>
              <th scope="row">
                {slot}.{vector} {className}
              </th>
              {words.map(({ text, distance }) => (
                <td key={text}>
                  {text} <span class="note">{distance.toFixed(2)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Provenance({ report, send }: Pick<ReportProps, 'report' | 'send'>) {
  const { provenance } = report;
  const { recipe, counts } = provenance;
  const rows: [string, string][] = [
    [
      'Recipe',
      `${recipe.name}, ${recipe.shots} shots, ${recipe.epochs} epochs, batch ${recipe.batch}, seeds ${recipe.seeds.join(', ')}`,
    ],
    [
      'Images',
      `${counts.train} training of ${counts.pool} in the pool, ${counts.dev} dev, ${counts.test} test`,
    ],
    ['Split', provenance.split],
    ['Model', `${provenance.model} (${provenance.modelHash.slice(0, 16)})`],
    ['Data', provenance.datasetHash.slice(0, 16)],
    ['Preprocessing', provenance.preprocessing],
    ['Device', `${provenance.device}, ${provenance.threads} threads, ${duration(provenance.seconds)}`],
    ['Version', provenance.version],
    ...(provenance.resumes > 0
      ? [
          ['Resumed', provenance.exactResume ? 'yes, bit for bit' : 'yes, on another device'] as [
            string,
            string,
          ],
        ]
      : []),
  ];
  return (
    <section>
      <h2>How this was made</h2>
      <dl>
        {rows.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
      <pre>{provenance.command}</pre>
      {send !== null && (
        <button type="button" class="secondary" onClick={() => send({ type: 'copyCommand' })}>
          Copy command
        </button>
      )}
    </section>
  );
}
