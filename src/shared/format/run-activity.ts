import type { RunSummary } from '../contracts/run';
import { isGoing, STATUS_WORDS } from '../contracts/run-status';
import { progressCount } from './count';
import { visibleText } from './visible-text';

/**
 * What a run that is going on does now: `Learning 12/80`, `Fitting the linear probe 3 / 30 fits`, `Making the report` where
 * nothing more is known.
 */
export function runActivity({ state, status }: Pick<RunSummary, 'state' | 'status'>): string {
  const { progress, epoch, epochs } = state;
  // Before the first epoch the training images and their views are encoded.
  if (status === 'learning' && (progress === undefined || epoch > 0))
    return `${STATUS_WORDS.learning} ${epoch}/${epochs}`;
  if (progress === undefined || !isGoing(status)) return STATUS_WORDS[status];
  const { message = STATUS_WORDS[status], done, total, unit } = progress;
  return visibleText(`${message} ${progressCount(done, total, unit)}`);
}
