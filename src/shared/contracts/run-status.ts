import type { ErrorCode } from '../errors';
import type { RunStatus, RunSummary } from './run';

/** What a person reads of a status. */
export const STATUS_WORDS: Readonly<Record<RunStatus, string>> = {
  starting: 'Starting',
  scanning: 'Reading images',
  encoding: 'Encoding images',
  learning: 'Learning',
  reporting: 'Making the report',
  done: 'Done',
  stopped: 'Stopped',
  failed: 'Failed',
  interrupted: 'Interrupted',
};

const RESUMABLE: ReadonlySet<RunStatus> = new Set(['stopped', 'failed', 'interrupted']);

export const isResumable = (status: RunStatus): boolean => RESUMABLE.has(status);

/** Errors of what was asked for: the same run meets them again however often it is started. */
const LASTING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'template.syntax',
  'template.tooLong',
  'template.column',
  'classes.invalid',
  'classes.none',
  'classes.one',
  'split.invalid',
  'split.tooSmall',
  'model.invalid',
  'model.unsupported',
  'context.mismatch',
  'run.corrupt',
  'run.changed',
  'run.nonFinite',
  'usage',
]);

/** Whether starting the run again can end otherwise: it was stopped, its process died, or what stood in its way can go. */
export function canResume({ status, state }: Pick<RunSummary, 'status' | 'state'>): boolean {
  if (!isResumable(status)) return false;
  return status !== 'failed' || state.error === undefined || !LASTING.has(state.error.code);
}

/** True while a process works on the run. */
export const isGoing = (status: RunStatus): boolean => status !== 'done' && !RESUMABLE.has(status);
