import { existsSync } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { CoopError } from '../../shared/errors';
import { RUN_FILES, type RunEvent, type RunState, type RunSummary } from '../../shared/run';
import { initialState, parseEvents, parseInputs, parseState, statusOf } from '../../shared/run-files';
import { readError, systemCode } from '../io/file-error';
import { inspectLock } from './run-lock';

/** @throws CoopError `run.missing`, `run.corrupt`, `file.access` */
export async function readRun(directory: string): Promise<RunSummary> {
  const inputsFile = path.join(directory, RUN_FILES.inputs);
  let text: string;
  try {
    text = await readFile(inputsFile, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT' && systemCode(thrown) !== 'ENOTDIR')
      throw readError(thrown, inputsFile);
    throw new CoopError('run.missing', `${directory} is no run: it has no ${RUN_FILES.inputs}.`, {
      subject: directory,
      next: '“coop runs” lists the runs beside a document.',
      cause: thrown,
    });
  }
  const inputs = parseInputs(text, inputsFile);
  const state = await readState(directory, initialState(inputs));
  const { condition } = await inspectLock(directory);
  return {
    directory,
    inputs,
    state,
    status: statusOf(state, condition, Date.now()),
    hasReport: existsSync(path.join(directory, RUN_FILES.report)),
  };
}

async function readState(directory: string, initial: RunState): Promise<RunState> {
  const file = path.join(directory, RUN_FILES.state);
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw readError(thrown, file);
  });
  return text === null ? initial : parseState(text, file);
}

/** All runs of a `.coop/runs` folder, newest first; one that cannot be read is left out. */
export async function listRuns(runsFolder: string): Promise<RunSummary[]> {
  const names = await readdir(runsFolder).catch(() => []);
  const runs = await Promise.all(names.map(name => readRun(path.join(runsFolder, name)).catch(() => null)));
  return runs.filter(run => run !== null).sort((a, b) => (a.inputs.createdAt < b.inputs.createdAt ? 1 : -1));
}

/** The events from a byte on, and where the next reading starts. A torn last line waits for its rest. */
export async function readEvents(
  directory: string,
  fromByte = 0,
): Promise<{ readonly events: readonly RunEvent[]; readonly nextByte: number }> {
  const file = path.join(directory, RUN_FILES.events);
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const bytes = new Uint8Array(Math.max(0, size - fromByte));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, fromByte);
      const { events, consumedBytes } = parseEvents(bytes.subarray(0, bytesRead));
      return { events, nextByte: fromByte + consumedBytes };
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return { events: [], nextByte: fromByte };
    throw readError(thrown, file);
  }
}
