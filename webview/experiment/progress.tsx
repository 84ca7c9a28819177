import { useEffect, useState } from 'preact/hooks';
import type { ToExperiment } from '../../src/shared/contracts/webview';
import { count, counted } from '../../src/shared/format/count';
import { timeLeft } from '../../src/shared/format/duration';

const SECOND_MS = 1000;
/** More names than this say nothing. */
const MAX_NAMES = 4;

/** How far the experiment is, in a bar and in words. */
export function Progress({ state, status }: Pick<ToExperiment, 'state' | 'status'>) {
  const now = useNow(status === 'measuring');
  if (state === null) return <p class="note">Nothing has been measured yet.</p>;
  const { total, done, failures, running, error, secondsLeft, updatedAt } = state;
  const ended = done + failures.length;
  const left =
    secondsLeft === undefined ? 0 : secondsLeft - Math.max(0, (now - Date.parse(updatedAt)) / SECOND_MS);
  return (
    <>
      {total > 0 && status !== 'planning' && <progress max={total} value={ended} aria-label="Cells" />}
      <p class="progress">
        <span role="status" class={`status ${status}`}>
          {sayHow(status, done, total, failures.length)}
        </span>
        {status === 'measuring' && left >= 1 && ` · ${timeLeft(left)}`}
      </p>
      {running.length > 0 && status === 'measuring' && (
        <p class="note">
          Now: <bdi>{running.slice(0, MAX_NAMES).join(' · ')}</bdi>
          {running.length > MAX_NAMES && ` and ${running.length - MAX_NAMES} more`}
        </p>
      )}
      {error !== undefined && (
        <div class="error" role="alert">
          <p>{error.message}</p>
          {error.next !== undefined && <p>{error.next}</p>}
        </div>
      )}
    </>
  );
}

function sayHow(status: ToExperiment['status'], done: number, total: number, failed: number): string {
  const cells = `${count(done)} of ${counted(total, 'cell')} measured`;
  const all = failed === 0 ? cells : `${cells}, ${count(failed)} failed`;
  switch (status) {
    case 'planning':
      return 'Planning: data sets and models are opened';
    case 'measuring':
      return all;
    case 'stopped':
      return `Stopped · ${all} · it goes on from there`;
    case 'interrupted':
      return `Interrupted: its process is gone · ${all} · it goes on from there`;
    case 'failed':
      return `Failed · ${all}`;
    default:
      return `Done · ${all}`;
  }
}

/** Milliseconds since 1970, each second anew while something goes on. */
function useNow(going: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!going) return undefined;
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, [going]);
  return now;
}
