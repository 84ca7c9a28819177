import { existsSync } from 'node:fs';
import path from 'node:path';
import { CoopError } from '../../shared/errors';
import { RUN_FILES, type RunEvent, type RunState, type RunSummary } from '../../shared/run';
import { appendLine, writeFileAtomic } from '../io/atomic-file';
import { readSafetensorsHeader, readTensor, type TensorToWrite, writeSafetensors } from '../io/safetensors';
import { readRun } from './read-run';
import { acquireLock, type HeldLock } from './run-lock';

/** State is for watchers; more often than this nobody looks. */
const STATE_EVERY_MS = 250;

type WithoutTime<Event> = Event extends RunEvent ? Omit<Event, 'time'> : never;

/** The one writer of a run's files. Every file is whole at any moment, whatever happens to the process. */
export class RunWriter {
  private written = 0;
  private current: RunState;
  private dirty = false;

  private constructor(
    readonly directory: string,
    readonly summary: RunSummary,
    private readonly lock: HeldLock,
  ) {
    this.current = summary.state;
  }

  /** @throws CoopError `run.missing`, `run.corrupt`, `run.locked`, `file.access`, `disk.full` */
  static async open(directory: string): Promise<RunWriter> {
    await readRun(directory);
    const lock = await acquireLock(directory);
    return new RunWriter(directory, await readRun(directory), lock);
  }

  /** Appends to `events.jsonl`; flushed to the disk unless it is a mere epoch. */
  async event(event: WithoutTime<RunEvent>): Promise<void> {
    const line = JSON.stringify({ ...event, time: new Date().toISOString() });
    await appendLine(path.join(this.directory, RUN_FILES.events), line, { sync: event.type !== 'epoch' });
  }

  /** Changes `state.json`; a change of phase is written at once, others within a quarter of a second. */
  async state(change: Partial<RunState>): Promise<void> {
    const phaseChanged = change.phase !== undefined && change.phase !== this.current.phase;
    this.current = { ...this.current, ...change, updatedAt: new Date().toISOString() };
    this.dirty = true;
    if (phaseChanged || performance.now() - this.written >= STATE_EVERY_MS) await this.flushState();
  }

  async phase(phase: RunState['phase'], change: Partial<RunState> = {}): Promise<void> {
    await this.event({ type: 'phase', phase });
    // Progress belongs to the phase that is over.
    const { progress: _, ...rest } = this.current;
    this.current = rest;
    await this.state({ ...change, phase });
  }

  async checkpoint(
    tensors: ReadonlyMap<string, TensorToWrite>,
    metadata: Readonly<Record<string, string>>,
    step: number,
  ): Promise<void> {
    await this.file(RUN_FILES.checkpoint, writeSafetensors(tensors, metadata));
    await this.event({ type: 'checkpoint', step });
  }

  async file(name: string, content: Uint8Array | string): Promise<void> {
    await writeFileAtomic(path.join(this.directory, name), content);
  }

  async close(): Promise<void> {
    try {
      await this.flushState();
    } finally {
      await this.lock.release();
    }
  }

  private async flushState(): Promise<void> {
    if (!this.dirty) return;
    this.dirty = false;
    this.written = performance.now();
    await writeFileAtomic(path.join(this.directory, RUN_FILES.state), `${JSON.stringify(this.current)}\n`);
  }
}

export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, Float32Array>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** @returns null when the run has none yet. @throws CoopError `run.corrupt` */
export async function readCheckpoint(directory: string): Promise<Checkpoint | null> {
  const file = path.join(directory, RUN_FILES.checkpoint);
  if (!existsSync(file)) return null;
  try {
    const { tensors: infos, metadata } = await readSafetensorsHeader(file);
    const tensors = new Map<string, Float32Array>();
    for (const [name, info] of infos) tensors.set(name, await readTensor(file, info));
    return { tensors, metadata };
  } catch (cause) {
    throw new CoopError('run.corrupt', `The checkpoint ${file} is damaged: ${(cause as Error).message}`, {
      subject: file,
      next: 'Delete it to learn from the beginning.',
      cause,
    });
  }
}
