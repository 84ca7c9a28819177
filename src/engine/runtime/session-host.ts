import type { Worker } from 'node:worker_threads';
import { CoopError } from '../../shared/errors';
import type { Answer, FromSessionWorker, ToSessionWorker } from './session-messages';
import { startWorker } from './worker-entry';

interface Pending {
  resolve(result: Answer): void;
  reject(error: Error): void;
}

type Request = ToSessionWorker extends infer Message
  ? Message extends ToSessionWorker
    ? Omit<Message, 'id'>
    : never
  : never;

/**
 * onnxruntime 1.30 searches the process's command line with a recursive regular expression: about 280 bytes of stack a
 * character, so that Node's 4 MB end the process where a shell put a few hundred file names. Linux allows 2 MB of
 * arguments; the pages are touched only when they are needed.
 */
const STACK_MEGABYTES = 640;

/**
 * onnxruntime's CUDA provider lets products round their factors to 11 bits (TF32) from Ampere on, and its binding for Node has
 * no option against it; the libraries of CUDA read this variable when they start. A thread's own environment is a copy, so
 * it is set here. Who sets it to 1 has it so, and the probe says what that does to numbers.
 */
function forbidTf32(): void {
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
}

/**
 * The thread that runs onnxruntime. Its native `run` blocks the thread that calls it for the whole graph, so heartbeat,
 * cancellation and messages live on the main thread and sessions live here.
 */
class SessionHost {
  private worker: Worker | null = null;
  private readonly pending = new Map<number, Pending>();
  private nextId = 0;
  private nextSession = 0;

  newSession(): number {
    return this.nextSession++;
  }

  ask(request: Request): Promise<Answer> {
    this.worker ??= this.start();
    const { worker } = this;
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      // The thread keeps the process alive only while an answer is due.
      worker.ref();
      worker.postMessage({ ...request, id } as ToSessionWorker);
    });
  }

  private start(): Worker {
    forbidTf32();
    const worker = startWorker('runtime/session-worker', {
      resourceLimits: { stackSizeMb: STACK_MEGABYTES },
    });
    worker.on('message', (message: FromSessionWorker) => {
      const waiting = this.pending.get(message.id);
      this.pending.delete(message.id);
      if (this.pending.size === 0) worker.unref();
      if (message.ok) waiting?.resolve(message.result);
      else waiting?.reject(new Error(message.error));
    });
    worker.on('error', error => this.lost(error));
    worker.on('exit', code => this.lost(new Error(`its thread ended with code ${code}`)));
    return worker;
  }

  private lost(cause: Error): void {
    this.worker = null;
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of waiting) {
      reject(
        new CoopError('device.lost', `onnxruntime stopped: ${cause.message}.`, {
          cause,
          next: 'Run the command again; “CoOp: Show Log” has the details.',
        }),
      );
    }
  }
}

export const sessionHost = new SessionHost();
