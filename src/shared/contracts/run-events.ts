import * as v from 'valibot';
import { RefusedDevice } from './run-inputs';
import { RunError, RunPhase } from './run-state';
import { count, finite, type Immutable, share, storedText, time } from './stored';

const figure = v.exactOptional(finite);
/** Figures that version 0.1 wrote beside `type`, not by their names inside `figures`. */
const old = { loss: figure, learningRate: figure, devAccuracy: figure, stepsPerSecond: figure };

/** What is told after every epoch: numbers by their name, so that curves and tables need to know no method. */
const Epoch = v.pipe(
  v.object({
    type: v.literal('epoch'),
    time,
    seed: count,
    epoch: count,
    /** Of how many; absent in runs of version 0.1. */
    epochs: v.exactOptional(count),
    step: count,
    /** `loss`: mean training loss of the epoch; `devAccuracy` 0…1; `learningRate`; `stepsPerSecond`; a method's own. */
    figures: v.exactOptional(v.record(v.string(), finite), {}),
    ...old,
  }),
  v.transform(({ loss, learningRate, devAccuracy, stepsPerSecond, figures, ...rest }) => {
    const named = Object.entries({ loss, learningRate, devAccuracy, stepsPerSecond });
    const given = named.filter((entry): entry is [string, number] => entry[1] !== undefined);
    return { ...rest, figures: { ...Object.fromEntries(given), ...figures } };
  }),
);

/** One line of `events.jsonl`. Append-only; a reader skips a last line that does not end in a line feed. */
export const RunEvent = v.variant('type', [
  v.object({ type: v.literal('phase'), time, phase: RunPhase }),
  v.object({ type: v.literal('device'), time, device: v.string(), refused: v.array(RefusedDevice) }),
  v.object({
    type: v.literal('baseline'),
    time,
    /** Accuracy of the baseline template on the dev images, 0…1. */
    devAccuracy: share,
    devCount: count,
  }),
  Epoch,
  v.object({ type: v.literal('checkpoint'), time, step: count }),
  v.object({ type: v.literal('resume'), time, step: count, exact: v.boolean() }),
  v.object({ type: v.literal('warning'), time, message: v.string() }),
  v.object({ type: v.literal('error'), time, error: RunError }),
]);
export type RunEvent = Immutable<v.InferOutput<typeof RunEvent>>;

const EVENT_TYPES: ReadonlySet<string> = new Set(RunEvent.options.map(option => option.entries.type.literal));
const LINE_FEED = 0x0a;

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

/** The line of one event, without its line feed. */
export function eventLine(event: RunEvent, path: string): string {
  return storedText(RunEvent, event, path).trimEnd();
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
  const result = v.safeParse(RunEvent, json);
  return result.success ? result.output : 'damaged';
}
