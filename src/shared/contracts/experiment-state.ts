import * as v from 'valibot';
import { RunError } from './run-state';
import { count, finite, type Immutable, parseStored, storedText, time } from './stored';

/** `state.json` in an experiment's results: how far the process is that writes there. A cell is named by its title. */
const ExperimentState = v.object({
  format: v.literal(1),
  title: v.string(),
  phase: v.picklist(['planning', 'measuring', 'done', 'stopped', 'failed']),
  updatedAt: time,
  total: count,
  done: count,
  running: v.array(v.string()),
  failures: v.array(v.object({ title: v.string(), message: v.string() })),
  /** A guess, from how the plan's guess did so far; absent while there is none. */
  secondsLeft: v.exactOptional(finite),
  error: v.exactOptional(RunError),
});
export type ExperimentState = Immutable<v.InferOutput<typeof ExperimentState>>;

/** What a person is told: the phase, or `interrupted` when it is not final and its process is gone. */
export type ExperimentStatus = ExperimentState['phase'] | 'interrupted';

export const experimentStateText = (state: ExperimentState, file: string): string =>
  storedText(ExperimentState, state, file);

/** @throws CoopError `run.corrupt` */
export const parseExperimentState = (text: string, file: string): ExperimentState =>
  parseStored(ExperimentState, text, file);
