import type { ErrorData } from '../errors';
import type { RunInputs } from './run-inputs';
import type { RunState, RunStatus } from './run-state';

/**
 * The files of a run directory: the contract between the training process (one writer) and everyone who watches it.
 * Field by field in docs/FILE-FORMATS.md; the schemas stand in run-inputs, run-state, run-events and run-lock. Here are
 * only names and types, which views may import.
 */
export type { RunEvent } from './run-events';
export type { RefusedDevice, RunInputs } from './run-inputs';
export type { RunLock } from './run-lock';
export type { RunState, RunStatus } from './run-state';

export const RUN_FILES = {
  inputs: 'run.json',
  state: 'state.json',
  events: 'events.jsonl',
  checkpoint: 'checkpoint.safetensors',
  context: 'context.safetensors',
  report: 'report.json',
  answers: 'answers.safetensors',
  control: 'control',
  lock: 'lock',
  stdout: 'stdout.log',
  stderr: 'stderr.log',
} as const;

export interface RunSummary {
  readonly directory: string;
  readonly inputs: RunInputs;
  readonly state: RunState;
  readonly status: RunStatus;
  readonly hasReport: boolean;
}

/** A folder among the runs that cannot be shown as one, and why. */
export interface DamagedRun {
  readonly directory: string;
  readonly error: ErrorData;
}
