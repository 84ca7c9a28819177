import { isMainThread } from 'node:worker_threads';

/**
 * Keeps onnxruntime from its telemetry: since 1.29 it writes a device id and a database of events into the user's cache
 * folder and sends them. The library reads this variable once, by the C library's getenv, when its first session
 * starts (onnxruntime/core/platform/posix/telemetry.cc). A worker thread's `process.env` is a copy that getenv never
 * sees; the main thread's is the process's own, and what a process starts inherits it.
 */
const VARIABLE = 'ORT_DISABLE_TELEMETRY';

/** Sets the switch in this process, whatever it was; does nothing in a worker thread, where it would have no effect. */
export function forbidTelemetry(): void {
  if (isMainThread) process.env[VARIABLE] = '1';
}

/** @throws Error in a worker thread that was started before {@link forbidTelemetry} ran in its process */
export function requireNoTelemetry(): void {
  forbidTelemetry();
  if (process.env[VARIABLE] !== '1')
    throw new Error(`this thread was started before ${VARIABLE} was set in its process`);
}
