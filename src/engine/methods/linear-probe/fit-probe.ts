import type { Worker } from 'node:worker_threads';
import { inThread } from '../../runtime/in-thread';
import type { Work } from '../../task/work';
import type { LinearProbe } from './linear-probe';
import type { LabelledFeatures } from './logistic-regression';

export interface ProbeJob {
  /** The shots: raw image features, not unit. */
  readonly train: LabelledFeatures;
  /** Where the penalty is chosen. */
  readonly validation: LabelledFeatures;
  readonly classes: number;
}

/**
 * `linearProbe` in a thread of its own, as it takes seconds.
 * @throws CoopError `engine.crashed`; the signal's reason
 */
export function fitProbe(
  job: ProbeJob,
  { signal, onProgress }: Work = {},
  start?: (job: ProbeJob) => Worker,
): Promise<LinearProbe> {
  return inThread(
    'methods/linear-probe/fit-probe-worker',
    job,
    {
      what: 'The linear probe',
      signal,
      onProgress: (done, total) =>
        onProgress?.({ message: 'Fitting the linear probe', done, total, unit: 'fits' }),
    },
    start,
  );
}
