import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { DamagedRun, RunEvent, RunInputs, RunState, RunSummary } from '../../shared/contracts/run';
import { type ParsedEvents, parseEvents } from '../../shared/contracts/run-events';
import { parseInputs } from '../../shared/contracts/run-inputs';
import { initialState, parseState, statusOf } from '../../shared/contracts/run-state';
import { CoopError, errorData } from '../../shared/errors';
import { isMissing } from '../disk/file-error';
import { refuseLinks } from '../disk/refuse-links';
import { inspectLock } from './inspect-lock';
import { hasRunFile, readRunPart, readRunText, runFile } from './run-file';
import { byAge } from './run-order';
import { documentOf } from './run-place';

/** One reading of events; a longer file is read by several. Bounds the memory of a watcher (CWE-770). */
const MAX_READ_BYTES = 4 * 2 ** 20;

/**
 * What a list of runs shows of one.
 * @throws CoopError `run.missing`, `run.corrupt`, `file.access`
 */
export async function readRun(directory: string): Promise<RunSummary> {
  const inputs = await readInputs(directory);
  // The lock first: a run that ends between the two readings shows its last phase, not an interruption.
  const { condition } = await inspectLock(directory);
  const state = await readState(directory, initialState(inputs));
  return {
    directory,
    inputs,
    state,
    status: statusOf(state, condition, Date.now()),
    hasReport: await hasRunFile(directory, 'report'),
  };
}

/**
 * `run.json`, with the path of its document as it lies now.
 * @throws CoopError `run.missing`, `run.corrupt`, `file.access`
 */
export async function readInputs(directory: string): Promise<RunInputs> {
  const file = runFile(directory, 'inputs');
  try {
    const inputs = parseInputs(await readRunText(directory, 'inputs'), file);
    const { path: stored, text } = inputs.document;
    return { ...inputs, document: { path: documentOf(directory, stored), text } };
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
    throw new CoopError('run.missing', `${directory} is no run: it has no ${path.basename(file)}.`, {
      subject: directory,
      next: '“coop runs” lists the runs beside a document.',
      cause: thrown,
    });
  }
}

async function readState(directory: string, initial: RunState): Promise<RunState> {
  try {
    return parseState(await readRunText(directory, 'state'), runFile(directory, 'state'));
  } catch (thrown) {
    if (isMissing(thrown)) return initial;
    throw thrown;
  }
}

export interface FoundRuns {
  readonly runs: readonly RunSummary[];
  readonly damaged: readonly DamagedRun[];
}

/**
 * All runs of a `.coop/runs` folder, newest first, and apart from them the damaged ones. Files, hidden folders and
 * folders in which nothing was ever written (a start that was cut short) are neither.
 */
export async function findRuns(runsFolder: string): Promise<FoundRuns> {
  try {
    await refuseLinks([path.dirname(runsFolder), runsFolder]);
  } catch (thrown) {
    return { runs: [], damaged: [{ directory: runsFolder, error: errorData(thrown) }] };
  }
  const entries: readonly Dirent[] = await readdir(runsFolder, { withFileTypes: true }).catch(() => []);
  const directories = entries
    .filter(entry => !entry.isFile() && !entry.name.startsWith('.'))
    .map(entry => path.join(runsFolder, entry.name));
  const runs: RunSummary[] = [];
  const damaged: DamagedRun[] = [];
  await Promise.all(
    directories.map(async directory => {
      try {
        runs.push(await readRun(directory));
      } catch (thrown) {
        if (!(await isUnused(directory))) damaged.push({ directory, error: errorData(thrown) });
      }
    }),
  );
  return {
    runs: runs.sort((a, b) => byAge(b, a)),
    damaged: damaged.sort((a, b) => (a.directory < b.directory ? 1 : -1)),
  };
}

/** The runs of `findRuns` that are whole. */
export async function listRuns(runsFolder: string): Promise<RunSummary[]> {
  return [...(await findRuns(runsFolder)).runs];
}

async function isUnused(directory: string): Promise<boolean> {
  const facts = await lstat(directory).catch(() => null);
  if (facts === null) return true;
  if (!facts.isDirectory()) return false;
  const names = await readdir(directory).catch(() => null);
  return names?.every(name => name.startsWith('.')) ?? false;
}

export interface ReadEvents {
  readonly events: readonly RunEvent[];
  /** Where the next reading starts. */
  readonly nextByte: number;
  /** Whole lines of this reading that are no valid events, and lines of types that a newer version writes. */
  readonly damaged: number;
  readonly unknown: number;
}

/**
 * The events from a byte on. A torn last line waits for its rest; a file that became shorter than `fromByte` is not
 * the one that was read before and is read from its beginning.
 * @throws CoopError `file.access`
 */
export async function readEvents(directory: string, fromByte = 0): Promise<ReadEvents> {
  try {
    const { bytes, from } = await readRunPart(directory, 'events', fromByte, MAX_READ_BYTES);
    return position(parseEvents(bytes), from, bytes.length);
  } catch (thrown) {
    if (isMissing(thrown)) return { events: [], nextByte: 0, damaged: 0, unknown: 0 };
    throw thrown;
  }
}

function position(parsed: ParsedEvents, from: number, bytesRead: number): ReadEvents {
  const { events, consumedBytes, damaged, unknown } = parsed;
  // A line longer than a whole reading is no event; its pieces are passed over.
  const passed = consumedBytes === 0 && bytesRead === MAX_READ_BYTES ? bytesRead : consumedBytes;
  return { events, nextByte: from + passed, damaged, unknown };
}
