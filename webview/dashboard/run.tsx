import { beginningAt } from '../../src/shared/contracts/fast-recipe';
import type { RefusedDevice, RunSummary } from '../../src/shared/contracts/run';
import { canResume, isGoing, STATUS_WORDS } from '../../src/shared/contracts/run-status';
import type { FromDashboard, ShownRun } from '../../src/shared/contracts/webview';
import { count, rate } from '../../src/shared/format/count';
import { fullDelta, markedDelta } from '../../src/shared/format/delta';
import { timeLeft } from '../../src/shared/format/duration';
import { percent } from '../../src/shared/format/percent';
import { points } from '../../src/shared/format/points';
import { runActivity } from '../../src/shared/format/run-activity';
import { EXPLAINED } from './figures';

/** By place; the last once one goes on alone. */
const BEGINNING_WORDS = ['first of 2, free', 'second of 2, held to the baseline', 'the chosen of 2'];

export type Send = (message: FromDashboard) => void;

interface Props {
  readonly run: ShownRun;
}

/** Which run it is, what it reached, and what can be done with it. */
export function RunHead({ run: { summary, gained }, send }: Props & { readonly send: Send }) {
  const { inputs, state, status } = summary;
  return (
    <>
      <header>
        <h2>
          <bdi>{inputs.name}</bdi>
        </h2>
        <span class={`status ${status}`} role="status">
          {STATUS_WORDS[status]}
        </span>
        <code class="template">{inputs.template}</code>
      </header>
      {gained !== undefined && (
        <p class="gain" title={fullDelta(gained.gain)}>
          Test {percent(gained.test.value)}, {markedDelta(gained.gain)}
        </p>
      )}
      <Actions run={summary} send={send} />
      {state.error !== undefined && (
        <div class="error" role="alert">
          <p>{state.error.message}</p>
          {state.error.next !== undefined && <p>{state.error.next}</p>}
        </div>
      )}
    </>
  );
}

/** What a run is doing, how far it is, on what. */
export function RunFacts({ run: { summary, events } }: Props) {
  const { inputs, state, status } = summary;
  const baseline =
    state.baselineDevAccuracy ?? events.findLast(event => event.type === 'baseline')?.devAccuracy;
  const learned = events.findLast(event => event.type === 'epoch');
  const beginning =
    status === 'learning' && state.epoch > 0 ? beginningAt(state.epoch, state.epochs, inputs.recipe) : null;
  // Of a run that goes on the last epoch may be one that another process learned.
  const speed = state.stepsPerSecond ?? (isGoing(status) ? undefined : learned?.figures['stepsPerSecond']);
  const learningRate = learned?.figures['learningRate'];
  const { devAccuracy, progress } = state;
  const fell = events.findLast(event => event.type === 'warning');
  return (
    <section>
      <dl>
        <dt title={EXPLAINED.devAccuracy}>Dev accuracy</dt>
        <dd>
          {devAccuracy === undefined ? '–' : percent(devAccuracy)}
          {devAccuracy !== undefined && baseline !== undefined && (
            <span class="note"> {points(devAccuracy - baseline)} against the baseline</span>
          )}
        </dd>
        <dt title={EXPLAINED.epoch}>Epoch</dt>
        <dd>
          {state.epoch} / {state.epochs}
          {status === 'learning' && state.steps > 0 && (
            <span class="note">
              {' '}
              step {count(state.step)} / {count(state.steps)}
            </span>
          )}
          {inputs.recipe.seeds.length > 1 && `, seed ${state.seedIndex + 1} of ${inputs.recipe.seeds.length}`}
        </dd>
        {beginning !== null && (
          <>
            <dt title={EXPLAINED.beginning}>Beginning</dt>
            <dd>{BEGINNING_WORDS[beginning]}</dd>
          </>
        )}
        {speed !== undefined && (
          <>
            <dt>Speed</dt>
            <dd>
              {rate(speed, 'steps')}
              {status === 'learning' && state.etaSeconds !== undefined && `, ${timeLeft(state.etaSeconds)}`}
            </dd>
          </>
        )}
        {learningRate !== undefined && (
          <>
            <dt title={EXPLAINED.learningRate}>Learning rate</dt>
            <dd>{Number(learningRate.toPrecision(3))}</dd>
          </>
        )}
        {progress !== undefined && isGoing(status) && (
          <>
            <dt>Now</dt>
            <dd>{runActivity(summary)}</dd>
          </>
        )}
        <dt>Device</dt>
        <dd>{state.device ?? inputs.device}</dd>
      </dl>
      {fell !== undefined && <p class="note">{fell.message}</p>}
      <Refused devices={state.refused ?? inputs.refused ?? []} />
    </section>
  );
}

/** Why no better device is used. */
function Refused({ devices }: { readonly devices: readonly RefusedDevice[] }) {
  if (devices.length === 0) return null;
  return (
    <details>
      <summary>Why not {devices.map(({ device }) => device).join(', ')}?</summary>
      <dl>
        {devices.map(({ device, reason }) => [
          <dt key={device}>{device}</dt>,
          <dd key={`${device} reason`}>{reason}</dd>,
        ])}
      </dl>
    </details>
  );
}

export function Actions({ run, send }: { readonly run: RunSummary; readonly send: Send }) {
  const { directory, status, hasReport } = run;
  return (
    <div class="actions">
      {isGoing(status) && (
        <button type="button" onClick={() => send({ type: 'stop', directory })}>
          Stop
        </button>
      )}
      {canResume(run) && (
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
