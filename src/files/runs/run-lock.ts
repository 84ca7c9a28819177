import { constants } from 'node:fs';
import { type FileHandle, link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUN_FILES, type RunLock } from '../../shared/contracts/run';
import { lockText } from '../../shared/contracts/run-lock';
import { CoopError } from '../../shared/errors';
import { systemCode, writeError } from '../disk/file-error';
import { openRegularFile } from '../disk/open-regular';
import { type FoundLock, findLock, isHeldHere } from './inspect-lock';
import { processStart } from './process-identity';
import { givenToken, newToken } from './process-proof';

export const HEARTBEAT_MS = 2_000;
/** A lock without valid content may be one that is being written this moment (file systems without hard links). */
const HALF_WRITTEN_MS = 500;
const RENAME_TRIES = 10;
const RENAME_WAIT_MS = 50;
const CLAIM = /^lock\.[0-9a-f]{32}$/;
const UNSUPPORTED = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

/** The right to write in a run directory, held by this process until `release` or its end. */
export interface HeldLock {
  readonly record: RunLock;
  /** True when a writer before left its lock behind, that is, was killed. */
  readonly tookOver: boolean;
  /** True once the file is no longer this process's lock: someone removed it or the directory. Checked by each heartbeat. */
  readonly lost: () => boolean;
  readonly release: () => Promise<void>;
}

/**
 * Takes the lock of a run directory. It is another's while the process named in it runs: by pid and start time, never
 * by the clock, so a writer that is paused, swapped out or on a sleeping machine keeps it.
 *
 * A stale lock is taken over without a gap in which two processes could both win: whoever creates the claim file named
 * after the stale lock's token (exclusively, so one process only) and then still finds that lock in place replaces it.
 * A claim whose process died is itself a stale lock and is taken over in the same way.
 * @throws CoopError `run.locked` naming the process; `run.missing`; `file.access`, `disk.full`
 */
export async function acquireLock(directory: string): Promise<HeldLock> {
  const path = join(directory, RUN_FILES.lock);
  const record: RunLock = {
    pid: process.pid,
    processStart: (await processStart(process.pid)) ?? '',
    token: givenToken() ?? newToken(),
    host: hostname(),
    heartbeat: new Date().toISOString(),
  };
  const draft = join(directory, `.lock.${process.pid}-${record.token.slice(0, 12)}.tmp`);
  try {
    await writeDraft(draft, record);
    let tookOver = false;
    while (!(await createExclusively(draft, path, record))) {
      const stale = await findStale(path, directory);
      if (stale === undefined) continue;
      if (await takeOver(stale, draft, path, directory, record)) {
        tookOver = true;
        break;
      }
    }
    await removeClaims(directory);
    return await hold(path, record, tookOver);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT' && !(await isFolder(directory))) throw missing(directory);
    throw writeError(thrown, path);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

/** Follows the lock and its claims to the last one; undefined when there is no lock any more. */
async function findStale(path: string, directory: string): Promise<readonly FoundLock[] | undefined> {
  const chain: FoundLock[] = [];
  let at = path;
  for (;;) {
    const found = await findWhole(at);
    if (found === undefined) return chain.length === 0 ? undefined : chain;
    if (found.record !== undefined) await refuseIfHeld(found.record, directory);
    chain.push(found);
    at = claimOf(directory, found);
  }
}

/** @returns false when another process was faster; nothing of this one remains then */
async function takeOver(
  chain: readonly FoundLock[],
  draft: string,
  path: string,
  directory: string,
  record: RunLock,
): Promise<boolean> {
  const claim = claimOf(directory, chain.at(-1)!);
  if (!(await createExclusively(draft, claim, record))) return false;
  let at = path;
  for (const { token } of chain) {
    if ((await findLock(at))?.token !== token) {
      await rm(claim, { force: true });
      return false;
    }
    at = join(directory, `lock.${token}`);
  }
  await renameClaim(claim, path);
  return true;
}

/** Readers on Windows can hold the stale lock for a moment. */
async function renameClaim(claim: string, path: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await rename(claim, path);
      return;
    } catch (thrown) {
      if (process.platform === 'win32' && tries < RENAME_TRIES) {
        await sleep(RENAME_WAIT_MS);
        continue;
      }
      await rm(claim, { force: true }).catch(() => undefined);
      throw thrown;
    }
  }
}

async function hold(path: string, record: RunLock, tookOver: boolean): Promise<HeldLock> {
  const handle = await openRegularFile(path, { flags: constants.O_RDWR, links: 'refuse' });
  let lost = false;
  let last = Promise.resolve();
  const timer = setInterval(() => {
    last = last.then(async () => {
      lost = lost || !(await beat(handle, path, record));
    });
  }, HEARTBEAT_MS);
  timer.unref();
  let released: Promise<void> | undefined;
  const release = async () => {
    clearInterval(timer);
    await last;
    await handle.close();
    if ((await findLock(path))?.token === record.token) await rm(path, { force: true });
  };
  return {
    record,
    tookOver,
    lost: () => lost,
    release: () => {
      released ??= release();
      return released;
    },
  };
}

/**
 * Writes the time over the old one, in place: the text keeps its length, so a full disk does not matter and no reader
 * meets half a lock. A failed write is no reason to end a run, since nobody judges a local lock by its heartbeat.
 * @returns false when the file is not this lock any more
 */
async function beat(handle: FileHandle, path: string, record: RunLock): Promise<boolean> {
  const bytes = encode({ ...record, heartbeat: new Date().toISOString() });
  await handle.write(bytes, 0, bytes.length, 0).catch(() => undefined);
  try {
    return (await findLock(path))?.token === record.token;
  } catch {
    return true;
  }
}

async function writeDraft(draft: string, record: RunLock): Promise<void> {
  const handle = await open(draft, 'wx');
  try {
    await handle.writeFile(encode(record));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Creates a file with its whole content in one step, or tells that it exists already. */
async function createExclusively(draft: string, path: string, record: RunLock): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'EEXIST') return false;
    if (code === 'ENOENT') {
      // A new holder cleans up temporary files, and this draft looks like one.
      await writeDraft(draft, record);
      return createExclusively(draft, path, record);
    }
    if (code === undefined || !UNSUPPORTED.has(code)) throw thrown;
  }
  try {
    await writeDraft(path, record);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

/** As `find`, but waits when the content is not whole. */
async function findWhole(path: string): Promise<FoundLock | undefined> {
  const found = await findLock(path);
  if (found === undefined || found.record !== undefined) return found;
  await sleep(HALF_WRITTEN_MS);
  return findLock(path);
}

function claimOf(directory: string, found: FoundLock): string {
  return join(directory, `lock.${found.token}`);
}

/** Claims left by processes that lost or died. The holder lives, so none of them can be on its own lock. */
async function removeClaims(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (CLAIM.test(name)) await rm(join(directory, name), { force: true }).catch(() => undefined);
  }
}

async function refuseIfHeld(record: RunLock, directory: string): Promise<void> {
  const run = basename(directory);
  if (record.host !== hostname()) {
    throw new CoopError(
      'run.locked',
      `The run ${run} is being written by process ${record.pid} on the machine ${record.host}.`,
      {
        subject: directory,
        next: `Stop it there. If that machine or container is gone, delete the file ${join(directory, RUN_FILES.lock)}.`,
      },
    );
  }
  if (await isHeldHere(record)) {
    throw new CoopError('run.locked', `The run ${run} is being written by process ${record.pid}.`, {
      subject: directory,
      next: 'Wait until it has finished, or stop the run first.',
    });
  }
}

async function isFolder(directory: string): Promise<boolean> {
  return stat(directory).then(
    facts => facts.isDirectory(),
    () => false,
  );
}

function missing(directory: string): CoopError {
  return new CoopError('run.missing', `The run folder ${directory} does not exist.`, {
    subject: directory,
    next: 'Check the path, or start the run anew.',
  });
}

function encode(record: RunLock): Uint8Array {
  return Buffer.from(lockText(record), 'utf8');
}
