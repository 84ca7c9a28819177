import * as v from 'valibot';
import type { ErrorCode } from '../errors';
import { roundsOf } from './rounds';
import { RefusedDevice, type RunInputs } from './run-inputs';
import { count, finite, type Immutable, parseStored, share, storedText, time } from './stored';

export const RunPhase = v.picklist([
  'starting',
  'scanning',
  'encoding',
  'learning',
  'reporting',
  'done',
  'stopped',
  'failed',
]);
export type RunPhase = v.InferOutput<typeof RunPhase>;

/** A newer version may know more codes than this one; whoever decides on codes has a branch for the rest. */
const code = v.custom<ErrorCode>(value => typeof value === 'string' && value !== '', 'is not an error code');
export const RunError = v.object({
  code,
  message: v.string(),
  next: v.exactOptional(v.string()),
  subject: v.exactOptional(v.string()),
});

/** `state.json`: the latest snapshot, replaced atomically. A watcher needs no other file to draw the run's row. */
export const RunState = v.object({
  phase: RunPhase,
  updatedAt: time,
  /** Seed being learned (index into recipe.seeds). */
  seedIndex: count,
  epoch: count,
  epochs: count,
  step: count,
  steps: count,
  /** Progress of the present phase, of `learning` until its first epoch: what is done, and how much of it, with the unit named. */
  progress: v.exactOptional(
    v.object({ message: v.exactOptional(v.string()), done: finite, total: finite, unit: v.string() }),
  ),
  loss: v.exactOptional(finite),
  /** Accuracy on the dev images, 0…1. */
  devAccuracy: v.exactOptional(share),
  baselineDevAccuracy: v.exactOptional(share),
  stepsPerSecond: v.exactOptional(finite),
  etaSeconds: v.exactOptional(finite),
  /** The device in use and, for every better one, why it was refused. */
  device: v.exactOptional(v.string()),
  refused: v.exactOptional(v.array(RefusedDevice)),
  resumedFromStep: v.exactOptional(count),
  error: v.exactOptional(RunError),
});
export type RunState = Immutable<v.InferOutput<typeof RunState>>;

/** What a person is told about a run: the state, plus what only the lock can tell. */
export type RunStatus = RunPhase | 'interrupted';

/** How long a run without any lock counts as on its way; the engine gives up on a process that takes longer. */
export const START_GRACE_MS = 30_000;
const FINAL: ReadonlySet<RunPhase> = new Set<RunPhase>(['done', 'stopped', 'failed']);

/**
 * The text of `state.json`.
 * @throws CoopError `run.corrupt`
 */
export function parseState(text: string, path: string): RunState {
  return parseStored(RunState, text, path);
}

/** Figures that are not finite (the time left before the first step, say) are left out. */
export function stateText(state: RunState, path: string): string {
  const figures = Object.entries(state).filter(
    ([, value]) => typeof value !== 'number' || Number.isFinite(value),
  );
  return storedText(RunState, Object.fromEntries(figures) as RunState, path);
}

/** The state before the training process has written any. */
export function initialState(inputs: Pick<RunInputs, 'createdAt' | 'recipe'>): RunState {
  return {
    phase: 'starting',
    updatedAt: inputs.createdAt,
    seedIndex: 0,
    epoch: 0,
    epochs: roundsOf(inputs.recipe),
    step: 0,
    steps: 0,
  };
}

/** True for phases that no process will change any more, unless the run is resumed. */
export function isFinal(phase: RunPhase): boolean {
  return FINAL.has(phase);
}

/** `held`: the process that wrote the lock lives. `stale`: it is gone. `none`: there is no lock. */
export type LockCondition = 'held' | 'stale' | 'none';

/**
 * What a person is told: the phase, or `interrupted` when it is not final and nobody works on it. A new run has no
 * lock for a moment, so `starting` without a lock counts until `START_GRACE_MS` after its last change.
 * @param now milliseconds since 1970
 */
export function statusOf(state: RunState, lock: LockCondition, now: number): RunStatus {
  if (lock === 'held' || isFinal(state.phase)) return state.phase;
  const age = now - Date.parse(state.updatedAt);
  const young = age < START_GRACE_MS && age > -START_GRACE_MS;
  return lock === 'none' && state.phase === 'starting' && young ? 'starting' : 'interrupted';
}
