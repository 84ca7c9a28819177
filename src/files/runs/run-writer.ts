import { rm } from 'node:fs/promises';
import type { RunEvent, RunInputs, RunState, RunSummary } from '../../shared/contracts/run';
import { eventLine } from '../../shared/contracts/run-events';
import { initialState, stateText } from '../../shared/contracts/run-state';
import { CoopError } from '../../shared/errors';
import { appendLines, removeLeftovers, writeFileAtomic } from '../disk/atomic-file';
import { refuseLinks } from '../disk/refuse-links';
import type { TensorToWrite } from '../tensors/write-safetensors';
import { checkpointBytes } from './checkpoint';
import { readInputs, readRun } from './read-run';
import { pathsOfRun, type RunFile, runFile } from './run-file';
import { acquireLock, type HeldLock } from './run-lock';

/** State is for watchers; more often than this nobody looks. */
const STATE_EVERY_MS = 250;
/** Epochs of a small model take milliseconds, and a file that is opened and flushed for each of them takes as long. */
const EPOCHS_EVERY_MS = 100;

type WithoutTime<Event> = Event extends RunEvent ? Omit<Event, 'time'> : never;

/**
 * The one writer of a run's files. Every file is whole at any moment, whatever happens to the process. Calls may
 * overlap; what they write keeps their order.
 */
export class RunWriter {
  private current: RunState;
  private dirty = false;
  private written = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  /** What kept a state or an epoch that was written in the background from the disk, thrown by the next call. */
  private readonly failures: { state?: unknown; epoch?: unknown } = {};
  /** Lines of events that wait, and the write that they share. */
  private waiting: string[] = [];
  private next: Promise<void> | null = null;
  private appended = Number.NEGATIVE_INFINITY;
  /** Something waits that is not an epoch. */
  private urgent = false;
  private hurry: () => void = () => undefined;
  private events: Promise<void> = Promise.resolve();
  private states: Promise<void> = Promise.resolve();
  private closed: Promise<void> | undefined;

  private constructor(
    readonly directory: string,
    readonly summary: RunSummary,
    private readonly lock: HeldLock,
  ) {
    // An earlier attempt's error, progress and rate are over; the files keep them until the first change.
    const {
      error: _error,
      progress: _progress,
      stepsPerSecond: _rate,
      etaSeconds: _left,
      ...rest
    } = summary.state;
    this.current = rest;
  }

  /**
   * Takes the run's lock. A damaged `state.json` does not stand in the way: it is a snapshot, and is written anew.
   * @throws CoopError `run.missing`, `run.corrupt` (run.json), `run.locked`, `file.access`, `disk.full`
   */
  static async open(directory: string): Promise<RunWriter> {
    await refuseLinks(pathsOfRun(directory));
    const inputs = await readInputs(directory);
    const lock = await acquireLock(directory);
    try {
      await removeLeftovers(directory, 0);
      // A request to stop that the killed writer did not live to see.
      if (lock.tookOver) await rm(runFile(directory, 'control'), { force: true });
      return new RunWriter(directory, await summaryOf(directory, inputs), lock);
    } catch (thrown) {
      await lock.release();
      throw thrown;
    }
  }

  /**
   * Appends to `events.jsonl`, flushed to the disk. Epochs share a write with those of the next tenth of a second; anything
   * else is written at once, with what waited before it.
   * @throws CoopError `internal` for what no reader would take (a number that is not finite); `file.access`, `disk.full`,
   * `run.locked`
   */
  event(event: WithoutTime<RunEvent>): Promise<void> {
    const file = runFile(this.directory, 'events');
    const line = eventLine({ ...event, time: new Date().toISOString() }, file);
    this.waiting.push(line);
    if (event.type !== 'epoch') this.writeAtOnce();
    this.next ??= this.events.then(async () => {
      await this.pause();
      const lines = this.waiting;
      this.waiting = [];
      this.next = null;
      this.urgent = false;
      this.checkHeld();
      this.appended = performance.now();
      await appendLines(file, lines, { sync: true });
    });
    this.events = this.next.catch(() => undefined);
    return this.next;
  }

  /** As `event`, but written while the next epoch is learned; `state` and `checkpoint` throw what kept it from the disk. */
  epoch(event: WithoutTime<Extract<RunEvent, { type: 'epoch' }>>): void {
    this.event(event).catch((thrown: unknown) => {
      this.failures.epoch ??= thrown;
    });
  }

  /**
   * Changes `state.json`: a change of phase is on the disk when this resolves, others are written in the background
   * within a quarter of a second, the last one for certain. Numbers that are not finite are left out.
   * @throws CoopError `file.access`, `disk.full`, `run.locked`, also of an earlier write in the background
   */
  async state(change: Partial<RunState>): Promise<void> {
    const phaseChanged = change.phase !== undefined && change.phase !== this.current.phase;
    this.current = { ...this.current, ...change, updatedAt: new Date().toISOString() };
    this.dirty = true;
    if (phaseChanged) await this.flushState();
    else this.scheduleState();
    this.throwFailure();
  }

  /** A change of phase, as an event and in the state; the state changes even when the event cannot be written. */
  async phase(phase: RunState['phase'], change: Partial<RunState> = {}): Promise<void> {
    // Progress belongs to the phase that is over.
    const { progress: _, ...rest } = this.current;
    this.current = rest;
    try {
      await this.event({ type: 'phase', phase });
    } finally {
      await this.state({ ...change, phase });
    }
  }

  /** Replaces the checkpoint in one step; the event follows when it is safe on the disk. */
  async checkpoint(
    tensors: ReadonlyMap<string, TensorToWrite>,
    metadata: Readonly<Record<string, string>>,
    step: number,
  ): Promise<void> {
    await this.file('checkpoint', checkpointBytes(tensors, metadata));
    await this.event({ type: 'checkpoint', step });
    this.throwFailure();
  }

  /** Replaces another file of the run in one step. */
  async file(file: RunFile, content: Uint8Array | string): Promise<void> {
    this.checkHeld();
    await writeFileAtomic(runFile(this.directory, file), content, 'refuse');
  }

  /** Writes what is pending, forgets requests to stop and gives the lock back, the latter whatever fails before. */
  close(): Promise<void> {
    this.closed ??= this.finish();
    return this.closed;
  }

  private writeAtOnce(): void {
    this.urgent = true;
    this.hurry();
  }

  /** Until the next write of epochs is due, or something does not wait for it. */
  private async pause(): Promise<void> {
    const wait = this.appended + EPOCHS_EVERY_MS - performance.now();
    if (this.urgent || wait <= 0) return;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, wait);
      this.hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async finish(): Promise<void> {
    try {
      this.writeAtOnce();
      await this.events;
      if (!this.lock.lost()) {
        await this.flushState();
        await rm(runFile(this.directory, 'control'), { force: true });
      }
    } finally {
      clearTimeout(this.timer);
      await this.lock.release();
    }
  }

  private scheduleState(): void {
    if (this.timer !== undefined || this.closed !== undefined) return;
    const wait = Math.max(0, this.written + STATE_EVERY_MS - performance.now());
    this.timer = setTimeout(() => {
      this.flushState().catch(thrown => {
        this.failures.state = thrown;
      });
    }, wait);
  }

  private flushState(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const write = async () => {
      if (!this.dirty) return;
      this.checkHeld();
      this.dirty = false;
      this.written = performance.now();
      try {
        const file = runFile(this.directory, 'state');
        await writeFileAtomic(file, stateText(this.current, file), 'refuse');
        delete this.failures.state;
      } catch (thrown) {
        this.dirty = true;
        throw thrown;
      }
    };
    const written = this.states.then(write);
    this.states = written.catch(() => undefined);
    return written;
  }

  private throwFailure(): void {
    const { epoch, state } = this.failures;
    delete this.failures.epoch;
    delete this.failures.state;
    if (epoch !== undefined || state !== undefined) throw epoch ?? state;
  }

  private checkHeld(): void {
    if (!this.lock.lost()) return;
    throw new CoopError('run.locked', `${this.directory} was taken away from this process.`, {
      subject: this.directory,
      next: 'Someone removed the run’s folder or its lock; start the run again.',
    });
  }
}

async function summaryOf(directory: string, inputs: RunInputs): Promise<RunSummary> {
  try {
    return await readRun(directory);
  } catch (thrown) {
    if (!(thrown instanceof CoopError) || thrown.code !== 'run.corrupt') throw thrown;
  }
  const state = initialState(inputs);
  return { directory, inputs, state, status: state.phase, hasReport: false };
}
