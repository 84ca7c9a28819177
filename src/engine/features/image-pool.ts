import os from 'node:os';
import type { Worker } from 'node:worker_threads';
import { CoopError } from '../../shared/errors';
import type { FromDecodeWorker, ToDecodeWorker } from '../images/decode-messages';
import { MAX_PIXELS, unreadable } from '../images/decoded-image';
import { loadPixels, type PixelJob } from '../images/load-pixels';
import { startWorker } from '../runtime/worker-entry';

/** Threads that decode and preprocess images. */
export interface ImagePool {
  /**
   * @returns [size, size, 3] uint8
   * @throws CoopError as `loadPixels`, and `image.unreadable` when the image ended the thread; the signal's reason
   */
  load(job: PixelJob, signal?: AbortSignal): Promise<Uint8Array>;
  /** Ends the threads; jobs that wait or run are rejected. A later `load` starts anew. */
  close(): Promise<void>;
  /** Threads that exist now. */
  readonly threads: number;
}

export interface ImagePoolOptions {
  /** Threads at most; default: one a core, since a photo of a camera takes longer to decode than to encode. */
  readonly size?: number;
  /** After this long without a job the threads end. */
  readonly idleMilliseconds?: number;
  readonly start?: () => Worker;
}

interface Task {
  readonly job: PixelJob;
  resolve: (pixels: Uint8Array) => void;
  reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  ready: boolean;
  task: Task | null;
  /** Pixels of its large image, and whether it may decode it now. */
  large: { readonly pixels: number; admitted: boolean } | null;
}

const IDLE_MILLISECONDS = 5000;
/** Of all large images being decoded: as much memory as the largest single one may take. */
const LARGE_PIXELS_AT_ONCE = MAX_PIXELS;

/**
 * A pool that starts a thread when a job finds none free. Where threads cannot be started at all, images are decoded on
 * the calling thread, one after the other.
 */
export function createImagePool(options: ImagePoolOptions = {}): ImagePool {
  const size = Math.max(1, options.size ?? os.availableParallelism());
  const idle = options.idleMilliseconds ?? IDLE_MILLISECONDS;
  const start = options.start ?? (() => startWorker('images/decode-worker'));
  const threads = new Set<Thread>();
  const bySignal = new Map<AbortSignal, { readonly tasks: Set<Task>; readonly stop: () => void }>();
  let waiting: Task[] = [];
  let threadless = false;
  let chain: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  /** One listener for all tasks of a signal; returns what to call when the task has ended. */
  const cancelWith = (signal: AbortSignal, task: Task): (() => void) => {
    let known = bySignal.get(signal);
    if (known === undefined) {
      const tasks = new Set<Task>();
      const stop = () => {
        waiting = waiting.filter(other => !tasks.has(other));
        for (const each of [...tasks]) each.reject(signal.reason);
      };
      signal.addEventListener('abort', stop, { once: true });
      known = { tasks, stop };
      bySignal.set(signal, known);
    }
    const { tasks, stop } = known;
    tasks.add(task);
    return () => {
      tasks.delete(task);
      if (tasks.size > 0) return;
      signal.removeEventListener('abort', stop);
      bySignal.delete(signal);
    };
  };

  const here = ({ job, resolve, reject }: Task): void => {
    chain = chain.then(() => loadPixels(job).then(resolve, reject));
  };

  const next = (): void => {
    for (const thread of threads) {
      if (thread.task !== null) continue;
      const task = waiting.shift();
      if (task === undefined) break;
      assign(thread, task);
    }
    while (waiting.length > 0 && !threadless && threads.size < size) begin(waiting.shift()!);
    if (threadless) for (const task of waiting.splice(0)) here(task);
    const busy = [...threads].some(({ task }) => task !== null);
    clearTimeout(timer);
    if (!busy && threads.size > 0) timer = setTimeout(() => void endThreads(), idle).unref();
  };

  const assign = (thread: Thread, task: Task): void => {
    thread.task = task;
    // A thread keeps the process alive only while an answer is due.
    thread.worker.ref();
    thread.worker.postMessage({ type: 'job', job: task.job } satisfies ToDecodeWorker);
  };

  const begin = (task: Task): void => {
    let worker: Worker;
    try {
      worker = start();
    } catch {
      threadless = true;
      waiting.unshift(task);
      return;
    }
    const thread: Thread = { worker, ready: false, task: null, large: null };
    threads.add(thread);
    worker.on('message', (message: FromDecodeWorker) => answered(thread, message));
    worker.on('error', error => lost(thread, error.message));
    worker.on('exit', code => lost(thread, `the thread ended with code ${code}`));
    assign(thread, task);
  };

  const admit = (): void => {
    const large = [...threads].filter(thread => thread.large !== null);
    let taken = large.reduce((sum, { large: each }) => sum + (each?.admitted === true ? each.pixels : 0), 0);
    for (const { worker, large: each } of large) {
      if (each === null || each.admitted || (taken > 0 && taken + each.pixels > LARGE_PIXELS_AT_ONCE))
        continue;
      each.admitted = true;
      taken += each.pixels;
      worker.postMessage({ type: 'go' } satisfies ToDecodeWorker);
    }
  };

  const answered = (thread: Thread, message: FromDecodeWorker): void => {
    if (message.type === 'ready') {
      thread.ready = true;
      return;
    }
    if (message.type === 'large') {
      thread.large = { pixels: message.pixels, admitted: false };
      admit();
      return;
    }
    const { task } = thread;
    thread.task = null;
    thread.large = null;
    thread.worker.unref();
    admit();
    if (message.type === 'pixels') task?.resolve(message.pixels);
    else task?.reject(CoopError.fromData(message.error));
    next();
  };

  const lost = (thread: Thread, cause: string): void => {
    if (!threads.delete(thread)) return;
    admit();
    const { task } = thread;
    if (task !== null && thread.ready)
      task.reject(unreadable(task.job.subject, `its decoding failed: ${cause}`));
    else if (task !== null) {
      // It died before it could look at the job: no image is to blame.
      threadless = true;
      waiting.unshift(task);
    }
    next();
  };

  const endThreads = async (): Promise<void> => {
    const ending = [...threads];
    threads.clear();
    await Promise.all(ending.map(({ worker }) => worker.terminate()));
  };

  return {
    load(job, signal) {
      return new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const task: Task = { job, resolve, reject };
        if (signal !== undefined) {
          const ended = cancelWith(signal, task);
          task.resolve = pixels => {
            ended();
            resolve(pixels);
          };
          task.reject = error => {
            ended();
            reject(error);
          };
        }
        waiting.push(task);
        next();
      });
    },
    async close() {
      clearTimeout(timer);
      const open = [...waiting.splice(0), ...[...threads].flatMap(({ task }) => task ?? [])];
      const reason = new DOMException('The image pool was closed.', 'AbortError');
      for (const { reject } of open) reject(reason);
      await endThreads();
    },
    get threads() {
      return threads.size;
    },
  };
}

/** The pool of this process. */
export const imagePool: ImagePool = createImagePool();
