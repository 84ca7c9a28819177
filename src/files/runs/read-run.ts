import { existsSync } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type DamagedRun,
  RUN_FILES,
  type RunEvent,
  type RunInputs,
  type RunState,
  type RunSummary,
} from '../../shared/contracts/run';
import {
  initialState,
  type ParsedEvents,
  parseEvents,
  parseInputs,
  parseState,
  statusOf,
} from '../../shared/contracts/run-files';
import { CoopError, errorData } from '../../shared/errors';
import { readError, systemCode } from '../disk/file-error';
import { inspectLock } from './run-lock';

/** One reading of events; a longer file is read by several. Bounds the memory of a watcher (CWE-770). */
const MAX_READ_BYTES = 32 * 2 ** 20;

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
    hasReport: existsSync(path.join(directory, RUN_FILES.report)),
  };
}

/** @throws CoopError `run.missing`, `run.corrupt`, `file.access` */
export async function readInputs(directory: string): Promise<RunInputs> {
  const file = path.join(directory, RUN_FILES.inputs);
  try {
    return parseInputs(await readFile(file, 'utf8'), file);
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT' && systemCode(thrown) !== 'ENOTDIR') throw readError(thrown, file);
    throw new CoopError('run.missing', `${directory} is no run: it has no ${RUN_FILES.inputs}.`, {
      subject: directory,
      next: '“coop runs” lists the runs beside a document.',
      cause: thrown,
    });
  }
}

async function readState(directory: string, initial: RunState): Promise<RunState> {
  const file = path.join(directory, RUN_FILES.state);
  try {
    return parseState(await readFile(file, 'utf8'), file);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return initial;
    throw readError(thrown, file);
  }
}

/**
 * All runs of a `.coop/runs` folder, newest first, and apart from them the damaged ones. Files, hidden folders and
 * folders in which nothing was ever written (a start that was cut short) are neither.
 */
export async function findRuns(
  runsFolder: string,
): Promise<{ readonly runs: readonly RunSummary[]; readonly damaged: readonly DamagedRun[] }> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch(() => []);
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
  const newestFirst = (a: RunSummary, b: RunSummary) =>
    Date.parse(b.inputs.createdAt) - Date.parse(a.inputs.createdAt) || (a.directory < b.directory ? 1 : -1);
  return {
    runs: runs.sort(newestFirst),
    damaged: damaged.sort((a, b) => (a.directory < b.directory ? 1 : -1)),
  };
}

/** The runs of `findRuns` that are whole. */
export async function listRuns(runsFolder: string): Promise<RunSummary[]> {
  return [...(await findRuns(runsFolder)).runs];
}

async function isUnused(directory: string): Promise<boolean> {
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
  const file = path.join(directory, RUN_FILES.events);
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const from = fromByte > size ? 0 : fromByte;
      const bytes = new Uint8Array(Math.min(size - from, MAX_READ_BYTES));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
      return position(parseEvents(bytes.subarray(0, bytesRead)), from, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return { events: [], nextByte: 0, damaged: 0, unknown: 0 };
    throw readError(thrown, file);
  }
}

function position(parsed: ParsedEvents, from: number, bytesRead: number): ReadEvents {
  const { events, consumedBytes, damaged, unknown } = parsed;
  // A line longer than a whole reading is no event; its pieces are passed over.
  const passed = consumedBytes === 0 && bytesRead === MAX_READ_BYTES ? bytesRead : consumedBytes;
  return { events, nextByte: from + passed, damaged, unknown };
}
