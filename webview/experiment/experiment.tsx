import type { FromExperiment, ToExperiment } from '../../src/shared/contracts/webview';
import { counted } from '../../src/shared/format/count';
import { usePageScroll } from '../common/page-scroll';
import { Figures } from './figures';
import { Progress } from './progress';
import { Results } from './results';

interface Props {
  readonly shown: ToExperiment;
  readonly send: (message: FromExperiment) => void;
}

/** An experiment while it is measured and afterwards: how far it is, its figures, its table, what failed. */
export function ExperimentPage({ shown, send }: Props) {
  usePageScroll();
  const { state, status, table, figures, undrawn } = shown;
  const going = status === 'planning' || status === 'measuring';
  const left = state === null || status !== 'done' || state.done < state.total;
  const failures = state?.failures ?? [];
  return (
    <main>
      <h1>
        <bdi>{state?.title ?? 'Experiment'}</bdi>
      </h1>
      <Progress state={state} status={status} />
      <div class="actions">
        {going && (
          <button type="button" onClick={() => send({ type: 'stop' })}>
            Stop
          </button>
        )}
        {!going && left && (
          <button type="button" onClick={() => send({ type: 'goOn' })}>
            {state === null ? 'Start' : 'Go on'}
          </button>
        )}
        {table !== null && (
          <>
            <button type="button" class="secondary" onClick={() => send({ type: 'openHtml' })}>
              Open HTML
            </button>
            <button type="button" class="secondary" onClick={() => send({ type: 'openCsv' })}>
              Open CSV
            </button>
          </>
        )}
      </div>
      <div class="measured">
        {table !== null && table.rows.length > 0 && <Results table={table} />}
        <Figures figures={figures} undrawn={undrawn} />
      </div>
      {failures.length > 0 && (
        <section>
          <h2>
            Not measured <span class="count">({counted(failures.length, 'cell')})</span>
          </h2>
          <ul>
            {failures.map(({ title, message }) => (
              <li key={title}>
                <bdi>{title}</bdi>: {message}
              </li>
            ))}
          </ul>
        </section>
      )}
    </main>
  );
}
