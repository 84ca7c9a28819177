import path from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { forbidTelemetry } from './no-telemetry';

/**
 * Starts a worker of the engine. In the bundle `name.js` lies beside the main file; from sources (tests) the
 * TypeScript file runs through tsx.
 * @param source the worker's file from src/engine without ending, e.g. `runtime/session-worker`
 */
export function startWorker(source: string, options: WorkerOptions = {}): Worker {
  // A thread gets a copy of the environment as it is now.
  forbidTelemetry();
  if (__filename.endsWith('.ts')) {
    const file = path.join(__dirname, '..', `${source}.ts`);
    return new Worker(`require('tsx/cjs'); require(${JSON.stringify(file)});`, { ...options, eval: true });
  }
  return new Worker(path.join(__dirname, `${path.basename(source)}.js`), { ...options, execArgv: [] });
}
