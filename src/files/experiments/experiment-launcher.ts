import { mkdir } from 'node:fs/promises';
import { CoopError } from '../../shared/errors';
import { writeError } from '../disk/file-error';
import { stopWriter } from '../runs/control';
import { inspectLock } from '../runs/inspect-lock';
import { startDetached } from '../runs/start-detached';
import { readExperimentProgress } from './experiment-state';
import { resultsFolder } from './results-folder';

/**
 * Starts an experiment as a process that outlives this one, unless one is going on already.
 * @param command the `coop` command, and options of `coop experiment`
 * @returns the folder of its results
 * @throws CoopError as `startDetached`, and as the experiment itself where it fails at once
 */
export async function startExperiment(
  file: string,
  command: { readonly script: string; readonly options: readonly string[] },
): Promise<string> {
  const out = resultsFolder(file);
  try {
    await mkdir(out, { recursive: true });
  } catch (thrown) {
    throw writeError(thrown, out);
  }
  if ((await inspectLock(out)).condition === 'held') return out;
  await startDetached({
    node: process.execPath,
    script: command.script,
    args: ['experiment', file, ...command.options],
    directory: out,
    job: { toldItsEnd: since => toldItsEnd(out, since), neverBegan: async () => undefined },
  });
  return out;
}

/**
 * Asks it to save and stop, where one is going on, and after the grace period ends it: what is measured is kept either way.
 * @throws CoopError `run.locked` when its process goes on and cannot be ended from here
 */
export function stopExperiment(out: string, graceMs?: number): Promise<void> {
  return stopWriter(out, graceMs);
}

async function toldItsEnd(out: string, since: number): Promise<boolean> {
  const { state } = await readExperimentProgress(out);
  if (state === null || Date.parse(state.updatedAt) < since) return false;
  if (state.error !== undefined) throw CoopError.fromData(state.error);
  return state.phase === 'done' || state.phase === 'stopped';
}
