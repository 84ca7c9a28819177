import { parentPort, workerData } from 'node:worker_threads';
import { errorData } from '../../shared/errors';
import type { FromThread } from './thread-messages';

/** The whole of a worker that is started by `inThread`: works the job out and says what came of it. */
export function answerInThread<Job, Result>(answer: (job: Job) => Promise<Result>): void {
  const port = parentPort;
  if (port === null) throw new Error('this file runs in a worker thread only');
  const post = (message: FromThread<Result>) => port.postMessage(message);
  answer(workerData as Job).then(
    result => post({ type: 'done', result }),
    (thrown: unknown) => post({ type: 'failed', error: errorData(thrown) }),
  );
}
