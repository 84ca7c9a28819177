import { useState } from 'preact/hooks';
import { progressCount, rate } from '../../src/shared/format/count';
import { timeLeft } from '../../src/shared/format/duration';
import { percent } from '../../src/shared/format/percent';
import { points } from '../../src/shared/format/points';
import type { RunSnapshot } from '../../src/shared/protocol';
import type { RunStatus } from '../../src/shared/run';
import type { FromDashboard, ToDashboard } from '../../src/shared/webview';
import { Curves, type EpochEvent } from './curves';

type Send = (message: FromDashboard) => void;

const WORDS: Readonly<Record<RunStatus, string>> = {
  starting: 'Starting',
  scanning: 'Reading images',
  encoding: 'Encoding images',
  learning: 'Learning',
  reporting: 'Making the report',
  done: 'Done',
  stopped: 'Stopped',
  failed: 'Failed',
  interrupted: 'Interrupted',
};
const RESUMABLE: ReadonlySet<RunStatus> = new Set(['stopped', 'failed', 'interrupted']);

/** All runs beside the open documents, the newest in full. */
export function Dashboard({ runs, engine, send }: ToDashboard & { readonly send: Send }) {
  if (runs.length === 0) return <p class="empty">{engine.empty ?? 'No runs yet.'}</p>;
  const [newest, ...older] = runs;
  return (
    <main>
      <Run run={newest!} send={send} />
      {older.length > 0 && (
        <section>
          <h3>Earlier runs</h3>
          <ul class="older">
            {older.map(({ summary }) => (
              <li key={summary.directory}>
                <span class="name">{summary.inputs.name}</span>
                <span>{WORDS[summary.status]}</span>
                <span class="figure">
                  {summary.state.devAccuracy === undefined ? '–' : percent(summary.state.devAccuracy)}
                </span>
                <Actions run={{ summary, events: [] }} send={send} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </main>
  );
}

function Run({ run, send }: { readonly run: RunSnapshot; readonly send: Send }) {
  const { inputs, state, status } = run.summary;
  const epochs = run.events.filter((event): event is EpochEvent => event.type === 'epoch');
  const baseline = run.events.findLast(event => event.type === 'baseline')?.devAccuracy;
  const [asTable, setAsTable] = useState(false);
  const { devAccuracy, progress } = state;
  return (
    <section>
      <header>
        <h2>{inputs.name}</h2>
        <span class={`status ${status}`} role="status">
          {WORDS[status]}
        </span>
      </header>
      <code class="template">{inputs.template}</code>
      <Actions run={run} send={send} />
      {state.error !== undefined && (
        <div class="error" role="alert">
          <p>{state.error.message}</p>
          {state.error.next !== undefined && <p>{state.error.next}</p>}
        </div>
      )}
      <dl>
        <dt>Dev accuracy</dt>
        <dd>
          {devAccuracy === undefined ? '–' : percent(devAccuracy)}
          {devAccuracy !== undefined && baseline !== undefined && (
            <span class="delta"> {points(devAccuracy - baseline)} against the baseline</span>
          )}
        </dd>
        <dt>Epoch</dt>
        <dd>
          {state.epoch} / {inputs.recipe.epochs}
          {inputs.recipe.seeds.length > 1 && `, seed ${state.seedIndex + 1} of ${inputs.recipe.seeds.length}`}
        </dd>
        {state.stepsPerSecond !== undefined && status === 'learning' && (
          <>
            <dt>Speed</dt>
            <dd>
              {rate(state.stepsPerSecond, 'steps')}
              {state.etaSeconds !== undefined && `, ${timeLeft(state.etaSeconds)}`}
            </dd>
          </>
        )}
        {progress !== undefined && (
          <>
            <dt>Progress</dt>
            <dd>{progressCount(progress.done, progress.total, progress.unit)}</dd>
          </>
        )}
        <dt>Device</dt>
        <dd>{state.device ?? inputs.device}</dd>
      </dl>
      {epochs.length > 1 && (
        <>
          <Curves epochs={epochs} baseline={baseline} hidden={asTable} />
          <button type="button" class="link" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            {asTable ? 'Show curves' : 'Show as table'}
          </button>
          {asTable && <EpochTable epochs={epochs} />}
        </>
      )}
    </section>
  );
}

function Actions({ run, send }: { readonly run: RunSnapshot; readonly send: Send }) {
  const { directory, status, hasReport } = run.summary;
  const active = status !== 'done' && !RESUMABLE.has(status);
  return (
    <div class="actions">
      {active && (
        <button type="button" onClick={() => send({ type: 'stop', directory })}>
          Stop
        </button>
      )}
      {RESUMABLE.has(status) && (
        <button type="button" onClick={() => send({ type: 'resume', directory })}>
          Resume
        </button>
      )}
      {hasReport && (
        <button type="button" onClick={() => send({ type: 'openReport', directory })}>
          Open Report
        </button>
      )}
      {status === 'failed' && (
        <button type="button" class="secondary" onClick={() => send({ type: 'openLog' })}>
          Show Log
        </button>
      )}
    </div>
  );
}

function EpochTable({ epochs }: { readonly epochs: readonly EpochEvent[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Epoch</th>
          <th scope="col">Loss</th>
          <th scope="col">Dev</th>
        </tr>
      </thead>
      <tbody>
        {epochs.toReversed().map(({ seed, epoch, loss, devAccuracy }) => (
          <tr key={`${seed} ${epoch}`}>
            <td>{epoch}</td>
            <td>{loss.toFixed(3)}</td>
            <td>{devAccuracy === undefined ? '–' : percent(devAccuracy)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
