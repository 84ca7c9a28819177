import * as v from 'valibot';
import { CoopError, type ErrorCode } from '../errors';
import { PromptSpec } from './method-spec';
import {
  RUN_FORMAT,
  type RunEvent,
  type RunInputs,
  type RunLock,
  type RunPhase,
  type RunState,
  type RunStatus,
} from './run';

/**
 * Checks and parses the texts of a run directory. Pure: the engine, the command line and the extension host each read
 * the files in their own way. A field that this version does not know is dropped, so newer writers can add some.
 */

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const time = v.pipe(
  v.string(),
  v.check(text => Number.isFinite(Date.parse(text)), 'is not a time'),
);
const phase = v.picklist([
  'starting',
  'scanning',
  'encoding',
  'learning',
  'reporting',
  'done',
  'stopped',
  'failed',
] satisfies RunPhase[]);
/** A newer version may know more codes than this one; whoever decides on codes has a branch for the rest. */
const code = v.custom<ErrorCode>(value => typeof value === 'string' && value !== '', 'is not an error code');
const error = v.object({
  code,
  message: v.string(),
  next: v.exactOptional(v.string()),
  subject: v.exactOptional(v.string()),
});
const refused = v.array(v.object({ device: v.string(), reason: v.string() }));

const INPUTS = v.object({
  format: v.literal(RUN_FORMAT),
  id: v.string(),
  name: v.string(),
  createdAt: time,
  version: v.string(),
  document: v.object({ path: v.string(), text: v.string() }),
  template: v.string(),
  replaces: v.string(),
  baseline: v.string(),
  recipe: PromptSpec,
  device: v.string(),
  threads: count,
  hashes: v.object({
    model: v.string(),
    dataset: v.string(),
    classes: v.string(),
    parts: v.exactOptional(v.string()),
    preprocessing: v.exactOptional(v.string()),
    contexts: v.exactOptional(v.record(v.string(), v.string())),
  }),
  command: v.string(),
});

const STATE = v.object({
  phase,
  updatedAt: time,
  seedIndex: count,
  epoch: count,
  epochs: count,
  step: count,
  steps: count,
  progress: v.exactOptional(v.object({ done: finite, total: finite, unit: v.string() })),
  loss: v.exactOptional(finite),
  devAccuracy: v.exactOptional(share),
  baselineDevAccuracy: v.exactOptional(share),
  stepsPerSecond: v.exactOptional(finite),
  etaSeconds: v.exactOptional(finite),
  device: v.exactOptional(v.string()),
  refused: v.exactOptional(refused),
  resumedFromStep: v.exactOptional(count),
  error: v.exactOptional(error),
});

const EVENT = v.variant('type', [
  v.object({ type: v.literal('phase'), time, phase }),
  v.object({ type: v.literal('device'), time, device: v.string(), refused }),
  v.object({ type: v.literal('baseline'), time, devAccuracy: share, devCount: count }),
  v.object({
    type: v.literal('epoch'),
    time,
    seed: count,
    epoch: count,
    step: count,
    loss: finite,
    learningRate: finite,
    devAccuracy: v.exactOptional(share),
    stepsPerSecond: finite,
  }),
  v.object({ type: v.literal('checkpoint'), time, step: count }),
  v.object({ type: v.literal('resume'), time, step: count, exact: v.boolean() }),
  v.object({ type: v.literal('warning'), time, message: v.string() }),
  v.object({ type: v.literal('error'), time, error }),
]);
const EVENT_TYPES: ReadonlySet<string> = new Set(EVENT.options.map(option => option.entries.type.literal));

const LOCK = v.object({
  pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  processStart: v.string(),
  token: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  host: v.string(),
  heartbeat: time,
});

const LINE_FEED = 0x0a;
/** How long a run without any lock counts as on its way; the engine gives up on a process that takes longer. */
export const START_GRACE_MS = 30_000;
const FINAL: ReadonlySet<RunPhase> = new Set<RunPhase>(['done', 'stopped', 'failed']);

/**
 * The text of `run.json`.
 * @param path names the file in messages
 * @throws CoopError `run.corrupt`
 */
export function parseInputs(text: string, path: string): RunInputs {
  const json = parseJson(text, path);
  const format: unknown = typeof json === 'object' && json !== null && 'format' in json ? json.format : null;
  if (typeof format === 'number' && format > RUN_FORMAT) {
    throw new CoopError('run.corrupt', `${path} was written by a newer version (run format ${format}).`, {
      subject: path,
      next: 'Update CoOp to open this run.',
    });
  }
  return check(INPUTS, json, path);
}

/**
 * The text of `state.json`.
 * @throws CoopError `run.corrupt`
 */
export function parseState(text: string, path: string): RunState {
  return check(STATE, parseJson(text, path), path);
}

/** The text of `lock`; undefined when it is damaged (a lock says who writes, or it says nothing). */
export function parseLock(text: string): RunLock | undefined {
  try {
    return check(LOCK, parseJson(text, 'lock'), 'lock');
  } catch {
    return undefined;
  }
}

export interface ParsedEvents {
  readonly events: readonly RunEvent[];
  /** Bytes up to and with the last line feed; the next read starts there. */
  readonly consumedBytes: number;
  /** Whole lines that are not valid events. */
  readonly damaged: number;
  /** Lines whose type this version does not know. */
  readonly unknown: number;
}

/** Any piece of `events.jsonl` that starts at a line. What follows the last line feed is left for the next read. */
export function parseEvents(bytes: Uint8Array): ParsedEvents {
  const consumedBytes = bytes.lastIndexOf(LINE_FEED) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, consumedBytes)).split('\n').slice(0, -1);
  const events: RunEvent[] = [];
  let damaged = 0;
  let unknown = 0;
  for (const line of lines) {
    const event = parseEvent(line);
    if (event === 'unknown') unknown += 1;
    else if (event === 'damaged') damaged += 1;
    else events.push(event);
  }
  return { events, consumedBytes, damaged, unknown };
}

/** The state before the training process has written any. */
export function initialState(inputs: Pick<RunInputs, 'createdAt' | 'recipe'>): RunState {
  return {
    phase: 'starting',
    updatedAt: inputs.createdAt,
    seedIndex: 0,
    epoch: 0,
    epochs: inputs.recipe.epochs,
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
  const young = now - Date.parse(state.updatedAt) < START_GRACE_MS;
  return lock === 'none' && state.phase === 'starting' && young ? 'starting' : 'interrupted';
}

/**
 * What `/proc/PID/stat` of Linux tells of a process: its state letter and its start in clock ticks since the boot
 * (fields 3 and 22 of proc(5)). Undefined for any other text.
 */
export function parseProcessStat(
  text: string,
): { readonly state: string; readonly startTicks: string } | undefined {
  // Field 2, the name in parentheses, may itself hold blanks and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === undefined || startTicks === undefined || !/^\d+$/.test(startTicks)) return undefined;
  return { state, startTicks };
}

function parseEvent(line: string): RunEvent | 'unknown' | 'damaged' {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return 'damaged';
  }
  if (typeof json !== 'object' || json === null || !('type' in json) || typeof json.type !== 'string')
    return 'damaged';
  if (!EVENT_TYPES.has(json.type)) return 'unknown';
  const result = v.safeParse(EVENT, json);
  return result.success ? result.output : 'damaged';
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw corrupt(path, 'it is not JSON', thrown);
  }
}

function check<const S extends v.GenericSchema>(schema: S, json: unknown, path: string): v.InferOutput<S> {
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue);
  throw corrupt(path, `${field === null ? 'its content' : `the field ${field}`}: ${issue.message}`);
}

function corrupt(path: string, cause: string, thrown?: unknown): CoopError {
  return new CoopError('run.corrupt', `${path} is damaged: ${cause}.`, {
    subject: path,
    next: 'Delete the run’s folder, or restore the file from a copy.',
    ...(thrown === undefined ? {} : { cause: thrown }),
  });
}
