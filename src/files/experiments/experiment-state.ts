import {
  type ExperimentState,
  type ExperimentStatus,
  experimentStateText,
  parseExperimentState,
} from '../../shared/contracts/experiment-state';
import { writeFileAtomic } from '../disk/atomic-file';
import { isMissing } from '../disk/file-error';
import { inspectLock } from '../runs/inspect-lock';
import { readRunText, runFile } from '../runs/run-file';

/** How an experiment stands; `state` is null where none was begun. */
export interface ExperimentProgress {
  readonly state: ExperimentState | null;
  readonly status: ExperimentStatus | null;
}

/**
 * State and lock of a folder of results, which lie there as those of a run lie in its directory; nothing is changed.
 * @throws CoopError `run.corrupt`, `file.access`, `file.limit`
 */
export async function readExperimentProgress(folder: string): Promise<ExperimentProgress> {
  const state = await readState(folder);
  const { condition, lock } = await inspectLock(folder);
  if (state === null) return { state, status: null };
  if (condition === 'held') {
    // A process that has just begun has not said so yet: what lies there is its predecessor's end.
    const told = lock !== undefined && Date.parse(state.updatedAt) >= Date.parse(lock.heartbeat);
    return { state, status: isFinal(state) && !told ? 'planning' : state.phase };
  }
  if (isFinal(state)) return { state, status: state.phase };
  // It may have ended between the two readings.
  const again = (await readState(folder)) ?? state;
  return { state: again, status: isFinal(again) ? again.phase : 'interrupted' };
}

/** @throws CoopError `file.access`, `disk.full` */
export async function writeExperimentState(folder: string, state: ExperimentState): Promise<void> {
  const file = runFile(folder, 'state');
  await writeFileAtomic(file, experimentStateText(state, file), 'refuse');
}

const isFinal = ({ phase }: ExperimentState) => phase !== 'planning' && phase !== 'measuring';

async function readState(folder: string): Promise<ExperimentState | null> {
  try {
    return parseExperimentState(await readRunText(folder, 'state'), runFile(folder, 'state'));
  } catch (thrown) {
    if (isMissing(thrown)) return null;
    throw thrown;
  }
}
