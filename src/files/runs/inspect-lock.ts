import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import path from 'node:path';
import type { RunLock } from '../../shared/contracts/run';
import { parseLock } from '../../shared/contracts/run-lock';
import type { LockCondition } from '../../shared/contracts/run-state';
import { isMissing } from '../disk/file-error';
import { readBoundedFile } from '../disk/read-bounded-file';
import { isRunning } from './process-identity';
import { runFile } from './run-file';

/** Of a writer on another machine only the heartbeat can be seen; one this old is shown as interrupted. */
const SILENCE_MS = 60_000;
/** How much another machine's clock may be ahead. */
const AHEAD_MS = 60_000;
const MAX_LOCK_BYTES = 64 * 1024;
const TOKEN_CHARACTERS = 32;

export interface InspectedLock {
  readonly condition: LockCondition;
  /** Undefined when there is none or it is damaged. */
  readonly lock: RunLock | undefined;
}

/**
 * Tells whether someone writes in a run directory, for watchers; nothing is changed.
 * @throws CoopError `file.access`
 */
export async function inspectLock(directory: string): Promise<InspectedLock> {
  const found = await findLock(runFile(directory, 'lock'));
  if (found === undefined) return { condition: 'none', lock: undefined };
  const lock = found.record;
  if (lock === undefined) return { condition: 'stale', lock };
  if (lock.host !== hostname()) return { condition: isHeard(lock, Date.now()) ? 'held' : 'stale', lock };
  return { condition: (await isHeldHere(lock)) ? 'held' : 'stale', lock };
}

/**
 * Whether the writer of a lock of this machine lives: by pid and start time, never by the clock. One whose start the
 * system did not tell can only be heard.
 */
export async function isHeldHere(lock: RunLock): Promise<boolean> {
  const { pid, processStart } = lock;
  return processStart === '' ? isHeard(lock, Date.now()) : isRunning(pid, processStart);
}

/** A heartbeat from a time that has not come was written by no clock that can be compared. */
function isHeard({ heartbeat }: RunLock, now: number): boolean {
  const age = now - Date.parse(heartbeat);
  return age <= SILENCE_MS && age >= -AHEAD_MS;
}

/** A lock as found on the disk; `token` also names a damaged one. */
export interface FoundLock {
  readonly token: string;
  readonly record: RunLock | undefined;
}

/**
 * A lock's file or that of a claim; undefined when there is none.
 * @throws CoopError `file.access`, `file.limit`
 */
export async function findLock(file: string): Promise<FoundLock | undefined> {
  let text: string;
  try {
    text = (await readBoundedFile(path.resolve(file), MAX_LOCK_BYTES, 'refuse')).toString('utf8');
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
  const record = parseLock(text);
  const token = record?.token ?? createHash('sha256').update(text).digest('hex').slice(0, TOKEN_CHARACTERS);
  return { token, record };
}
