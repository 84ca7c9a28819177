import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import type { RunSpec } from '../../src/shared/contracts/method-spec';
import type { Report } from '../../src/shared/contracts/report';
import { count, counted } from '../../src/shared/format/count';
import { markedDelta } from '../../src/shared/format/delta';
import { duration } from '../../src/shared/format/duration';
import { percent } from '../../src/shared/format/percent';
import { recipeName } from '../../src/shared/format/recipe';
import { repeatCommand, repeatFacts } from '../../src/shared/format/repeat-command';
import { shellOf } from '../../src/shared/format/shell-argument';
import { shotsInWords } from '../../src/shared/format/shots';
import type { ReportProps } from './report-props';

/** For readers of another field. */
const EXPLAINED: Readonly<Record<string, string>> = {
  Recipe:
    'What training sees of the images and how long it learns. Shots: training images per class; epoch: once through all of them; batch: images per step; SGD, momentum, weight decay, warm-up: how a step is taken',
  Seeds: 'Each seed draws other shots and begins with other vectors',
  Split: 'How the images were shared out: to learn from, to choose with (dev), to test on',
  Preprocessing: 'How images are resized and cropped before the model sees them',
};
const COPIED_MS = 2000;
const shell = shellOf(navigator.userAgent.includes('Windows') ? 'win32' : '');

/** Everything that decides the result, and the command that repeats it. */
export function Provenance({ report, send }: Pick<ReportProps, 'report' | 'send'>) {
  const { provenance } = report;
  const { recipe, counts } = provenance;
  const rows: readonly (readonly [string, string])[] = [
    ['Recipe', valuesInWords(recipe, shotsInWords(recipe.shots, counts.perClass))],
    ['Seeds', recipe.seeds.join(', ')],
    [
      'Images',
      `${count(counts.train)} training of ${count(counts.pool)} in the pool, ${count(counts.dev)} dev, ${count(counts.test)} test`,
    ],
    ['Split', provenance.split],
    ['Preprocessing', provenance.preprocessing],
    [
      'Device',
      `${provenance.device}, ${provenance.threads} threads${provenance.precision === undefined ? '' : `, weights held as ${provenance.precision}`}, ${duration(provenance.seconds)}`,
    ],
    [
      'Resumed',
      provenance.resumes === 0
        ? 'never'
        : provenance.exactResume
          ? 'yes, bit for bit'
          : 'yes, on another device: numbers need not repeat bit for bit',
    ],
    ['Version', `CoOp ${provenance.version}`],
    ['Made', report.createdAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
    ['Model', provenance.model],
  ];
  const hashes = [
    ['Model hash', provenance.modelHash],
    ['Images hash', provenance.datasetHash],
    ['Classes hash', provenance.classesHash],
  ];
  return (
    <section>
      <h2>How to repeat this</h2>
      <pre>
        <code>{repeatCommand(repeatFacts(report), shell)}</code>
      </pre>
      {send !== null && <CopyCommand copy={() => send({ type: 'copyCommand' })} />}
      <dl>
        {rows.map(([name, value]) => (
          <Fragment key={name}>
            <dt title={EXPLAINED[name]}>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
        {hashes.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </Fragment>
        ))}
      </dl>
      <Seeds report={report} />
    </section>
  );
}

export function CopyCommand({ copy }: { readonly copy: () => void }) {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      class="secondary"
      onClick={() => {
        copy();
        setCopied(true);
        setTimeout(() => setCopied(false), COPIED_MS);
      }}
    >
      <span aria-live="polite">{copied ? 'Copied' : 'Copy command'}</span>
    </button>
  );
}

function Seeds({ report: { seeds } }: { readonly report: Report }) {
  if (seeds.length < 2) return null;
  return (
    <div class="scroll">
      <table>
        <caption class="note">One context per seed</caption>
        <thead>
          <tr>
            {['Seed', 'Test', 'Change', 'Dev', 'Final loss'].map(title => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {seeds.map(({ seed, test, delta, dev, finalLoss }) => (
            <tr key={seed}>
              <th scope="row">{seed}</th>
              <td>{percent(test.value)}</td>
              <td>{markedDelta(delta)}</td>
              <td>{percent(dev.value)}</td>
              <td>{finalLoss.toFixed(3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function valuesInWords(recipe: RunSpec, shots: string): string {
  if (recipe.method === 'words')
    return `${recipeName(recipe)}, ${shots}: ${count(recipe.words)} candidates alone; ${counted(recipe.chains, 'line')} from the best ${count(recipe.first)} and ${count(recipe.pool)}, ${count(recipe.tries)} tries each`;
  if (recipe.name === 'fast')
    return `${recipeName(recipe)}, ${shots}, ${recipe.epochs} steps over all images`;
  return `${recipeName(recipe)}, ${shots}, ${recipe.epochs} epochs, batch ${recipe.batch}; SGD, learning rate ${recipe.learningRate}, momentum ${recipe.momentum}, weight decay ${recipe.weightDecay}; ${counted(recipe.warmupEpochs, 'epoch')} of warm-up at ${recipe.warmupLearningRate}`;
}
