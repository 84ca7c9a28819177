import { useEffect } from 'preact/hooks';
import type { RunSnapshot } from '../../src/shared/contracts/protocol';
import { STATUS_WORDS } from '../../src/shared/contracts/run-status';
import type { ToDashboard } from '../../src/shared/contracts/webview';
import { percent } from '../../src/shared/format/percent';
import { useRemembered } from '../common/memory';
import { Curves } from './curves';
import { EpochTable } from './epoch-table';
import { Actions, Run, type Send } from './run';
import { MAX_SERIES, seriesOf } from './run-series';

type Props = Pick<ToDashboard, 'runs'> & { readonly send: Send };

/** All runs beside the open documents: the newest in full, the chosen ones as curves. */
export function Dashboard({ runs, send }: Props) {
  // Null until a person chooses: the newest run, whichever that is.
  const [kept, setChosen] = useRemembered<readonly string[] | null>('chosen', null, isChoice);
  const [asTable, setAsTable] = useRemembered('asTable', false, value => typeof value === 'boolean');
  const chosen = kept ?? runs.slice(0, 1).map(({ summary }) => summary.directory);
  useEffect(() => {
    if (kept !== null) send({ type: 'choose', directories: kept });
  }, [kept]);
  const [newest] = runs;
  if (newest === undefined)
    return <p class="note">No runs yet. Open a .prompts document and run “CoOp: Learn Prompt”.</p>;
  const series = runs
    .filter(({ summary }) => chosen.includes(summary.directory))
    .map(seriesOf)
    .filter(({ epochs }) => epochs.length > 0)
    .slice(0, MAX_SERIES);
  return (
    <main>
      <Run run={newest} send={send} />
      {series.length > 0 && (
        <>
          {asTable ? <EpochTable runs={series} /> : <Curves runs={series} />}
          <button type="button" class="link" onClick={() => setAsTable(!asTable)}>
            {asTable ? 'Show as curves' : 'Show as table'}
          </button>
        </>
      )}
      {runs.length > 1 && <Runs runs={runs} chosen={chosen} choose={setChosen} send={send} />}
    </main>
  );
}

interface RunsProps extends Props {
  readonly chosen: readonly string[];
  readonly choose: (directories: readonly string[]) => void;
}

function Runs({ runs, chosen, choose, send }: RunsProps) {
  const known = chosen.filter(directory => runs.some(({ summary }) => summary.directory === directory));
  const toggle = (directory: string) =>
    choose(known.includes(directory) ? known.filter(other => other !== directory) : [...known, directory]);
  return (
    <section>
      <h2>Runs</h2>
      <ul class="runs">
        {runs.map(({ summary }: RunSnapshot, at) => {
          const { directory, inputs, state, status } = summary;
          const isChosen = known.includes(directory);
          return (
            <li key={directory}>
              <label title={inputs.template}>
                <input
                  type="checkbox"
                  checked={isChosen}
                  disabled={!isChosen && known.length >= MAX_SERIES}
                  onChange={() => toggle(directory)}
                />
                <bdi class="name">{inputs.name}</bdi>
              </label>
              <span class="note">{STATUS_WORDS[status]}</span>
              <span class="figure">{state.devAccuracy === undefined ? '–' : percent(state.devAccuracy)}</span>
              {at > 0 && <Actions run={summary} send={send} />}
            </li>
          );
        })}
      </ul>
      <p class="note">
        Ticked runs are drawn over each other
        {known.length >= MAX_SERIES ? `, ${MAX_SERIES} at most.` : '.'}
      </p>
    </section>
  );
}

function isChoice(value: unknown): value is readonly string[] | null {
  return value === null || (Array.isArray(value) && value.every(item => typeof item === 'string'));
}
