import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CoopError } from '../../shared/errors';
import { RUN_FILES, type RunLock } from '../../shared/run';
import { type LockCondition, parseLock } from '../../shared/run-files';
import { systemCode, writeError } from '../io/file-error';
import { processStart } from './process-identity';

const HEARTBEAT_MS = 2000;
const TRIES = 5;

export interface HeldLock {
  release(): Promise<void>;
}

/**
 * Makes this process the one writer of a run. A lock is stale only when its process is gone, whatever the clock says.
 * @throws CoopError `run.locked` naming the process that writes; `file.access`, `disk.full`
 */
export async function acquireLock(directory: string): Promise<HeldLock> {
  const file = path.join(directory, RUN_FILES.lock);
  const lock: RunLock = {
    pid: process.pid,
    processStart: (await processStart(process.pid)) ?? '',
    token: randomBytes(12).toString('hex'),
    host: os.hostname(),
    heartbeat: new Date().toISOString(),
  };
  for (let tries = 0; tries < TRIES; tries++) {
    if (await createExclusive(file, JSON.stringify(lock))) return keep(file, lock);
    const { condition, lock: other } = await inspectLock(directory);
    if (condition === 'held') {
      throw new CoopError(
        'run.locked',
        `The process ${other!.pid} on ${other!.host} is working on ${directory}.`,
        {
          subject: directory,
          next: 'Wait for it, or stop the run.',
        },
      );
    }
    // Renaming takes the stale lock away from everyone else who saw it; whoever loses the race looks again.
    const aside = `${file}.${lock.token}`;
    await rename(file, aside).catch(() => undefined);
    await rm(aside, { force: true });
  }
  throw new CoopError('run.locked', `${directory} is being taken over by another process.`, {
    subject: directory,
    next: 'Try again.',
  });
}

/** Whether a run has a writer now. */
export async function inspectLock(
  directory: string,
): Promise<{ readonly condition: LockCondition; readonly lock: RunLock | undefined }> {
  const text = await readFile(path.join(directory, RUN_FILES.lock), 'utf8').catch(() => null);
  if (text === null) return { condition: 'none', lock: undefined };
  const lock = parseLock(text);
  if (lock === undefined) return { condition: 'stale', lock };
  // Another machine's processes cannot be asked; its lock counts.
  if (lock.host !== os.hostname()) return { condition: 'held', lock };
  const start = await processStart(lock.pid);
  const same = start !== null && (start === '' || lock.processStart === '' || start === lock.processStart);
  return { condition: same ? 'held' : 'stale', lock };
}

async function createExclusive(file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST') return false;
    throw writeError(thrown, file);
  }
}

function keep(file: string, lock: RunLock): HeldLock {
  const beat = setInterval(() => {
    writeFile(file, JSON.stringify({ ...lock, heartbeat: new Date().toISOString() })).catch(() => undefined);
  }, HEARTBEAT_MS);
  beat.unref();
  return {
    async release() {
      clearInterval(beat);
      const text = await readFile(file, 'utf8').catch(() => '');
      if (parseLock(text)?.token === lock.token) await rm(file, { force: true });
    },
  };
}
