import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUN_FILES, type RunState } from '../../shared/run';
import { writeFileAtomic } from '../io/atomic-file';
import { readRun } from './read-run';
import { inspectLock } from './run-lock';

const POLL_MS = 300;
const GRACE_MS = 10_000;

/** Calls back once when someone asks the run to stop; a request left from before is forgotten first. */
export async function watchControl(directory: string, onStop: () => void): Promise<{ dispose(): void }> {
  const file = path.join(directory, RUN_FILES.control);
  await rm(file, { force: true });
  const timer = setInterval(async () => {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.trim() !== 'stop') return;
    clearInterval(timer);
    onStop();
  }, POLL_MS);
  timer.unref();
  return { dispose: () => clearInterval(timer) };
}

/**
 * Asks the run's process to save and stop; after the grace period ends it.
 * @returns the state afterwards
 * @throws CoopError `run.missing`, `run.corrupt`
 */
export async function stopRun(directory: string, graceMs: number = GRACE_MS): Promise<RunState> {
  await writeFileAtomic(path.join(directory, RUN_FILES.control), 'stop\n');
  const until = Date.now() + graceMs;
  for (;;) {
    const { condition, lock } = await inspectLock(directory);
    if (condition !== 'held') break;
    // The lock was compared with the process's start time, so this pid is the run's own process.
    if (Date.now() > until) kill(lock!.pid, Date.now() > until + graceMs / 2 ? 'SIGKILL' : 'SIGTERM');
    await sleep(100);
  }
  return (await readRun(directory)).state;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}
