import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findLock } from '../../../files/runs/inspect-lock';
import { acquireLock } from '../../../files/runs/run-lock';
import { RUN_FILES } from '../../../shared/contracts/run';
import { CoopError } from '../../../shared/errors';

const ASK_AGAIN_MS = 300;

/**
 * Runs alone among the processes that download this model; another one is waited for, and then there is nothing left to do.
 * The lock is that of runs: held while its process lives, whatever the clock says.
 * @param onWait called while another process downloads
 * @throws CoopError `run.locked` when that is one on another machine, of which nobody here knows whether it lives
 */
export async function withDownloadLock<Result>(
  {
    folder,
    id,
    signal,
  }: { readonly folder: string; readonly id: string; readonly signal: AbortSignal | undefined },
  onWait: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    signal?.throwIfAborted();
    const lock = await acquireLock(folder).catch(async (thrown: unknown) => {
      if (!(thrown instanceof CoopError) || thrown.code !== 'run.locked') throw thrown;
      await refuseOtherMachine(path.join(folder, RUN_FILES.lock), id);
      return null;
    });
    if (lock === null) {
      onWait();
      await sleep(ASK_AGAIN_MS, undefined, { signal });
      continue;
    }
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }
}

async function refuseOtherMachine(file: string, id: string): Promise<void> {
  const record = (await findLock(file))?.record;
  if (record === undefined || record.host === os.hostname()) return;
  throw new CoopError(
    'run.locked',
    `“${id}” is being downloaded by process ${record.pid} on the machine ${record.host}.`,
    {
      subject: id,
      next: `Wait for it. If that machine or container is gone, delete the file ${file}.`,
    },
  );
}
