import type { Worker } from 'node:worker_threads';
import { CoopError } from '../../shared/errors';
import type { FromThread } from './thread-messages';
import { startWorker } from './worker-entry';

export interface ThreadWork {
  /** What is worked out, as the beginning of a sentence. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Works a job out in a thread of its own, so that the one that calls keeps answering; the thread ends with the job or
 * when the signal says so.
 * @param source as `startWorker`'s; the file calls `answerInThread`
 * @throws CoopError as the job; `engine.crashed` when the thread ended without an answer; the signal's reason
 */
export async function inThread<Job, Result>(
  source: string,
  job: Job,
  { what, signal }: ThreadWork,
  start: (job: Job) => Worker = workerData => startWorker(source, { workerData }),
): Promise<Result> {
  signal?.throwIfAborted();
  const worker = start(job);
  let stop = () => {};
  try {
    return await new Promise<Result>((resolve, reject) => {
      stop = () => reject(signal?.reason);
      signal?.addEventListener('abort', stop, { once: true });
      worker.on('message', (message: FromThread<Result>) => {
        if (message.type === 'done') resolve(message.result);
        else reject(CoopError.fromData(message.error));
      });
      worker.on('error', cause => reject(crashed(what, cause.message, cause)));
      worker.on('exit', code => reject(crashed(what, `its thread ended with code ${code}`)));
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

function crashed(what: string, why: string, cause?: unknown): CoopError {
  return new CoopError('engine.crashed', `${what} did not end: ${why}.`, {
    next: 'Resume the run: what it learned is saved, and only the report is made again.',
    cause,
  });
}
