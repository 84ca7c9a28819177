import type { Worker } from 'node:worker_threads';
import { CoopError } from '../../shared/errors';
import { startWorker } from '../runtime/worker-entry';
import type { Work } from '../task/work';
import type { Analysis, AnalysisJob, FromAnalysisWorker } from './analysis-messages';

/**
 * Works a job out in a thread of its own, so that the one that calls keeps answering; the thread ends with the job or
 * when the signal says so.
 * @throws CoopError as `openModel`; `engine.crashed` when the thread ended without an answer; the signal's reason
 */
export async function analyse(
  job: AnalysisJob,
  { signal, onProgress }: Work = {},
  start: (job: AnalysisJob) => Worker = workerData => startWorker('jobs/analysis-worker', { workerData }),
): Promise<Analysis> {
  signal?.throwIfAborted();
  const worker = start(job);
  let stop = () => {};
  try {
    return await new Promise<Analysis>((resolve, reject) => {
      stop = () => reject(signal?.reason);
      signal?.addEventListener('abort', stop, { once: true });
      worker.on('message', (message: FromAnalysisWorker) => {
        if (message.type === 'done') resolve(message.analysis);
        else if (message.type === 'failed') reject(CoopError.fromData(message.error));
        else {
          const { done, total } = message;
          onProgress?.({ message: 'Fitting the linear probe', done, total, unit: 'fits' });
        }
      });
      worker.on('error', cause => reject(crashed(cause.message, cause)));
      worker.on('exit', code => reject(crashed(`its thread ended with code ${code}`)));
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

function crashed(why: string, cause?: unknown): CoopError {
  return new CoopError(
    'engine.crashed',
    `The linear probe and the nearest words were not computed: ${why}.`,
    {
      next: 'Resume the run: what it learned is saved, and only the report is made again.',
      cause,
    },
  );
}
