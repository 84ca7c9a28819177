import type { ToDashboard } from '../../src/shared/contracts/webview';
import { useRemembered } from '../common/memory';
import { Curves } from './curves';
import { EpochTable } from './epoch-table';
import { RunFacts, RunHead, type Send } from './run';
import { MAX_SERIES, seriesOf } from './run-series';

type Props = Pick<ToDashboard, 'runs'> & { readonly send: Send };

/** The runs that are selected beside it: their curves over each other first, then what the first of them is doing. */
export function Dashboard({ runs, send }: Props) {
  const [asTable, setAsTable] = useRemembered('asTable', false, value => typeof value === 'boolean');
  const [first] = runs;
  if (first === undefined)
    return <p class="note">No runs yet. Open a .prompts document and run “CoOp: Learn Prompt”.</p>;
  const drawn = runs.map(seriesOf).filter(({ epochs }) => epochs.length > 0);
  const series = drawn.slice(0, MAX_SERIES);
  return (
    <main>
      <RunHead run={first} send={send} />
      {series.length > 0 && (
        <>
          {asTable ? <EpochTable runs={series} /> : <Curves runs={series} />}
          <p class="note">
            <button type="button" class="link" onClick={() => setAsTable(!asTable)}>
              {asTable ? 'Show as curves' : 'Show as table'}
            </button>
            {drawn.length > series.length
              ? ` The first ${MAX_SERIES} of ${drawn.length} selected runs.`
              : runs.length === 1 && ' Select several in “Runs” to overlay them.'}
          </p>
        </>
      )}
      <RunFacts run={first} />
    </main>
  );
}
