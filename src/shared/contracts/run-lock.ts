import * as v from 'valibot';
import { type Immutable, parseStored, storedText, time } from './stored';

/** `lock`: who writes. Stale only when that process is gone (pid reused: start time differs). */
export const RunLock = v.object({
  pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** Start time of the process as the operating system tells it; distinguishes a reused pid. */
  processStart: v.string(),
  /** Of a detached process this stands on its command line too, and so proves that it is the one. */
  token: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  host: v.string(),
  heartbeat: time,
});
export type RunLock = Immutable<v.InferOutput<typeof RunLock>>;

/** The text of `lock`; undefined when it is damaged (a lock says who writes, or it says nothing). */
export function parseLock(text: string): RunLock | undefined {
  try {
    return parseStored(RunLock, text, 'lock');
  } catch {
    return undefined;
  }
}

export function lockText(lock: RunLock): string {
  return storedText(RunLock, lock, 'lock');
}
