import type { RunStatus } from './run';

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

/** True while a process works on the run. */
export const isGoing = (status: RunStatus): boolean => status !== 'done' && !RESUMABLE.has(status);
