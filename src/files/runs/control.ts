import { watch } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUN_FILES, type RunLock, type RunState } from '../../shared/contracts/run';
import { isFinal } from '../../shared/contracts/run-state';
import { CoopError } from '../../shared/errors';
import { writeFileAtomic } from '../disk/atomic-file';
import { inspectLock } from './inspect-lock';
import { isRunning } from './process-identity';
import { endProcessTree } from './process-tree';
import { readRun } from './read-run';
import { readRunText, runFile } from './run-file';
import { RunWriter } from './run-writer';

const POLL_MS = 400;
const WAIT_MS = 100;
const GRACE_MS = 10_000;
/** After each signal, before a harder one. */
const SIGNAL_MS = 3_000;
const REQUEST = /^stop(?: ([0-9a-f]+))?\s*$/;

/**
 * Asks the run's process to save and stop. The request names the present writer by its token, so that it cannot reach
 * a later one; the bare word `stop` is for whoever writes.
 * @throws CoopError `file.access`, `disk.full`
 */
export async function requestStop(directory: string): Promise<void> {
  const { condition, lock } = await inspectLock(directory);
  const text = condition === 'held' && lock !== undefined ? `stop ${lock.token}` : 'stop';
  await writeFileAtomic(runFile(directory, 'control'), `${text}\n`, 'refuse');
}

/**
 * For the holder of the run's lock: calls back once when someone asks to stop, within half a second also where
 * the file system tells nothing.
 */
export async function watchControl(directory: string, onStop: () => void): Promise<{ dispose(): void }> {
  const token = (await inspectLock(directory)).lock?.token;
  let over = false;
  const dispose = () => {
    over = true;
    clearInterval(timer);
    watcher?.close();
  };
  const look = async () => {
    const text = await readRunText(directory, 'control').catch(() => '');
    const request = REQUEST.exec(text);
    if (over || request === null || (request[1] !== undefined && request[1] !== token)) return;
    dispose();
    onStop();
  };
  const timer = setInterval(look, POLL_MS);
  timer.unref();
  const watcher = watchFolder(directory, name => {
    if (name === null || name === RUN_FILES.control) void look();
  });
  return { dispose };
}

/**
 * Asks the run's process to save and stop, and after the grace period ends it with all it started, if it proves to be the
 * run's own (process-proof). What is returned is true: no process works on the run any more. A run that has no process
 * (any more) and no result counts as stopped, too, and its state says so afterwards.
 * @throws CoopError `run.missing`, `run.corrupt`; `run.locked` when its process is on another machine, or goes on and
 * cannot be ended from here
 */
export async function stopRun(directory: string, graceMs: number = GRACE_MS): Promise<RunState> {
  let run = await readRun(directory);
  let writer = await writerOf(directory);
  if (isFinal(run.state.phase) && writer === undefined) return run.state;
  const until = performance.now() + graceMs;
  // A process that is just starting finds the request when it has its lock.
  if (run.status !== 'interrupted') await requestStop(directory);
  while (run.status !== 'interrupted' && performance.now() < until) {
    const now = await writerOf(directory);
    writer = now ?? writer;
    if (now === undefined && (run.status !== 'starting' || isFinal(run.state.phase))) break;
    await sleep(WAIT_MS);
    run = await readRun(directory);
  }
  if (writer !== undefined) await endWriter(directory, writer);
  return markStopped(directory);
}

/**
 * The same for a folder whose process says its end itself, as an experiment's: when this returns none works there any more.
 * @throws CoopError `run.locked`, as `stopRun`
 */
export async function stopWriter(directory: string, graceMs: number = GRACE_MS): Promise<void> {
  const writer = await writerOf(directory);
  if (writer === undefined) return;
  await requestStop(directory);
  const until = performance.now() + graceMs;
  while ((await holds(directory, writer)) && performance.now() < until) await sleep(WAIT_MS);
  await endWriter(directory, writer);
}

/** The lock of whoever writes. */
async function writerOf(directory: string): Promise<RunLock | undefined> {
  const { condition, lock } = await inspectLock(directory);
  return condition === 'held' ? lock : undefined;
}

/** Returns when the process of a lock is gone, or has given the lock up and is this very process. */
async function endWriter(directory: string, lock: RunLock): Promise<void> {
  for (const signal of [null, 'SIGTERM', 'SIGKILL'] as const) {
    if (signal !== null && !(await endProcessTree(lock, signal))) break;
    const until = performance.now() + SIGNAL_MS;
    do {
      if (!(await works(directory, lock))) return;
      await sleep(WAIT_MS);
    } while (performance.now() < until && !(signal === null && (await holds(directory, lock))));
  }
  if (!(await works(directory, lock))) return;
  throw new CoopError(
    'run.locked',
    `The process ${lock.pid} of this run goes on, and nothing proves that it is the run’s own, so it was not ended.`,
    {
      subject: directory,
      next: 'It was asked to save and stop. When it does not, end that process yourself if you know it, then stop the run again.',
    },
  );
}

/** True while a process holds the lock or, having given it back, still runs. */
async function works(directory: string, lock: RunLock): Promise<boolean> {
  if (await holds(directory, lock)) return true;
  return (
    lock.pid !== process.pid && lock.host === hostname() && (await isRunning(lock.pid, lock.processStart))
  );
}

async function holds(directory: string, { token }: RunLock): Promise<boolean> {
  return (await writerOf(directory))?.token === token;
}

/** Writes the end that the run's process did not live to write. */
async function markStopped(directory: string): Promise<RunState> {
  let { state } = await readRun(directory);
  if (isFinal(state.phase)) return state;
  const writer = await RunWriter.open(directory);
  try {
    ({ state } = await readRun(directory));
    if (!isFinal(state.phase)) await writer.phase('stopped');
  } finally {
    await writer.close();
  }
  return (await readRun(directory)).state;
}

function watchFolder(directory: string, onChange: (name: string | null) => void) {
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => onChange(name));
    // Too many watches, a network file system: asking regularly goes on.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
