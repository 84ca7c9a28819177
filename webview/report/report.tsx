import { useRef } from 'preact/hooks';
import type { Report } from '../../src/shared/contracts/report';
import { count, counted } from '../../src/shared/format/count';
import { fullDelta } from '../../src/shared/format/delta';
import { pInWords } from '../../src/shared/format/p-value';
import { percentSpread } from '../../src/shared/format/percent';
import { points } from '../../src/shared/format/points';
import { VERDICT_WORDS } from '../../src/shared/format/report-words';
import { verdictOf } from '../../src/shared/format/verdict';
import type { Outcome } from '../../src/shared/verdicts/outcome';
import { useRemembered } from '../common/memory';
import { usePageScroll } from '../common/page-scroll';
import { ConfidenceSection } from './confidence';
import { ConfusionTable } from './confusion-table';
import { type ImageFilter, isImageFilter } from './image-filter';
import { Images } from './images';
import { NearestWords } from './nearest-words';
import { PerClass } from './per-class';
import { CopyCommand, Provenance } from './provenance';
import type { ReportProps } from './report-props';
import { Results } from './results';

/** What a run gained on test images: headline, prompts, confusions with their images, classes, words, provenance. */
export function ReportPage({ report, applied, thumbnails, testImages, send }: ReportProps) {
  const [filter, setFilter] = useRemembered<ImageFilter>(
    'images',
    { kind: 'outcome', outcome: report.headline.fixed > 0 ? 'fixed' : 'broken' },
    isImageFilter,
  );
  usePageScroll();
  const heading = useRef<HTMLHeadingElement>(null);
  const choose = (chosen: ImageFilter, leave: boolean) => {
    setFilter(chosen);
    heading.current?.scrollIntoView({ block: leave ? 'start' : 'nearest' });
    if (leave) heading.current?.focus({ preventScroll: true });
  };
  const showOutcome = (outcome: Outcome) => choose({ kind: 'outcome', outcome }, true);
  return (
    <main>
      <Headline report={report} show={showOutcome} />
      <p class="lines">
        <code>{report.replaces}</code> <span>→</span> <code>{report.results.at(-1)?.label}</code>
      </p>
      {report.warnings !== undefined && report.warnings.length > 0 && (
        <ul class="note">
          {report.warnings.map(warning => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      {send !== null && (
        <div class="actions">
          <button type="button" disabled={applied} onClick={() => send({ type: 'apply' })}>
            {applied ? 'Applied' : 'Apply'}
          </button>
          <button type="button" class="secondary" onClick={() => send({ type: 'saveHtml' })}>
            Save as HTML…
          </button>
          <button type="button" class="secondary" onClick={() => send({ type: 'exportContext' })}>
            Export vectors…
          </button>
          <button type="button" class="secondary" onClick={() => send({ type: 'exportCode' })}>
            Export code…
          </button>
          <CopyCommand copy={() => send({ type: 'copyCommand' })} />
          <button type="button" class="secondary" onClick={() => send({ type: 'openDocument' })}>
            Open document
          </button>
        </div>
      )}
      <Results report={report} />
      <ConfusionTable report={report} filter={filter} choose={choose} />
      <Images
        report={report}
        thumbnails={thumbnails}
        testImages={testImages}
        send={send}
        filter={filter}
        setFilter={setFilter}
        heading={heading}
      />
      <PerClass classes={report.perClass} />
      <ConfidenceSection report={report} />
      <NearestWords report={report} />
      <Provenance report={report} send={send} />
    </main>
  );
}

interface HeadlineProps {
  readonly report: Report;
  readonly show: (outcome: Outcome) => void;
}

function Headline({ report: { headline, seeds, chosenSeed, seedAverage }, show }: HeadlineProps) {
  const verdict = verdictOf(headline);
  // The pictures are one seed's.
  const chosen = seeds.find(({ seed }) => seed === chosenSeed) ?? seeds[0]!;
  return (
    <header class={verdict}>
      <p class="figure">{points(headline.difference)}</p>
      <div>
        <h1>
          {VERDICT_WORDS[verdict]}.{verdict === 'loss' && ' Keep the baseline.'}
        </h1>
        <p>
          {fullDelta(headline)}. {pInWords(headline.p)}
        </p>
        <p>
          {seeds.length > 1 && `Seed ${chosen.seed}: `}
          <button type="button" class="link" onClick={() => show('fixed')}>
            {counted(chosen.delta.fixed, 'image')} fixed
          </button>
          {', '}
          <button type="button" class="link" onClick={() => show('broken')}>
            {count(chosen.delta.broken)} broken
          </button>
        </p>
        {seedAverage !== undefined && (
          <p>
            Mean of {counted(seeds.length, 'seed')}: {percentSpread(seedAverage.mean, seedAverage.std)}
          </p>
        )}
      </div>
    </header>
  );
}
