import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUN_FILES, type RunLock, type RunState } from '../../shared/contracts/run';
import { isFinal } from '../../shared/contracts/run-files';
import { writeFileAtomic } from '../disk/atomic-file';
import { endProcessTree } from './process-tree';
import { readRun } from './read-run';
import { inspectLock } from './run-lock';
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
  await writeFileAtomic(path.join(directory, RUN_FILES.control), `${text}\n`);
}

/**
 * For the holder of the run's lock: calls back once when someone asks to stop, within half a second also where
 * the file system tells nothing.
 */
export async function watchControl(directory: string, onStop: () => void): Promise<{ dispose(): void }> {
  const token = (await inspectLock(directory)).lock?.token;
  const file = path.join(directory, RUN_FILES.control);
  let over = false;
  const dispose = () => {
    over = true;
    clearInterval(timer);
    watcher?.close();
  };
  const look = async () => {
    const text = await readFile(file, 'utf8').catch(() => '');
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
 * Asks the run's process to save and stop, and after the grace period ends it with all it started. A run that has no
 * process (any more) and no result counts as stopped, too, and its state says so afterwards.
 * @throws CoopError `run.missing`, `run.corrupt`; `run.locked` when its process is on another machine or cannot be ended
 */
export async function stopRun(directory: string, graceMs: number = GRACE_MS): Promise<RunState> {
  let run = await readRun(directory);
  if (isFinal(run.state.phase) && (await inspectLock(directory)).condition !== 'held') return run.state;
  const until = performance.now() + graceMs;
  // A process that is just starting finds the request when it has its lock.
  if (run.status !== 'interrupted') await requestStop(directory);
  while (run.status !== 'interrupted' && performance.now() < until) {
    if ((await inspectLock(directory)).condition !== 'held' && run.status !== 'starting') break;
    await sleep(WAIT_MS);
    run = await readRun(directory);
    if (isFinal(run.state.phase) && (await inspectLock(directory)).condition !== 'held') return run.state;
  }
  await endWriter(directory);
  return markStopped(directory);
}

async function endWriter(directory: string): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const { condition, lock } = await inspectLock(directory);
    if (condition !== 'held') return;
    await endProcessTree(lock!, signal);
    const until = performance.now() + SIGNAL_MS;
    while (performance.now() < until && (await holds(directory, lock!))) await sleep(WAIT_MS);
  }
}

async function holds(directory: string, { token }: RunLock): Promise<boolean> {
  const { condition, lock } = await inspectLock(directory);
  return condition === 'held' && lock?.token === token;
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
