import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { isMissing } from '../../files/disk/file-error';
import { readTextFile } from '../../files/disk/read-text-file';
import { type CellResult, cellText, parseCell } from '../../shared/contracts/experiment-results';
import { CoopError, type ErrorData, errorData } from '../../shared/errors';
import { chooseDevice } from '../runtime/devices';
import type { Work } from '../task/work';
import { type Cell, cellsOf } from './cells';
import { missingAxes } from './missing-axes';
import { type CellTools, type PreparedCell, prepareCell, type Slot } from './prepare-cell';
import type { OpenedExperiment } from './read-experiment';

/**
 * Steps of a small model take a few milliseconds, and between them a run waits for the thread that all runs share: another
 * one takes the core meanwhile. Greater ones would keep each other from the caches.
 */
const SMALL_RUN_BYTES = 256 * 2 ** 20;

/** How a cell stands. */
export type CellState = { readonly cell: Cell } & (
  | { readonly status: 'waiting' | 'running'; readonly seconds: number; readonly bytes: number }
  | { readonly status: 'done'; readonly result: CellResult; readonly /** Measured before. */ known: boolean }
  | { readonly status: 'failed'; readonly error: ErrorData }
);

export interface ExperimentOptions {
  /** Processor cores and bytes of memory that runs side by side may take. */
  readonly cores?: number;
  readonly memory?: number;
  readonly device?: string;
  /** Learns what a run directory asks for. */
  readonly learn: CellTools['learn'];
  readonly shelf: CellTools['shelf'];
}

/** What an experiment will take. */
export interface ExperimentPlan {
  readonly cells: readonly CellState[];
  /** Runs side by side, and processor threads of each. */
  readonly jobs: number;
  readonly threads: number;
  /** Of what is left to do, a guess. */
  readonly seconds: number;
  readonly bytes: number;
  readonly device: string;
  /** Figures that are asked for and that the grid has no axis for, a sentence each. */
  readonly undrawn: readonly string[];
}

/** An experiment that goes through its cells: measured ones are read, the others are done within a budget. */
export class ExperimentRun {
  private readonly states: CellState[];
  private prepared: (PreparedCell | null)[] = [];
  private plan: Omit<ExperimentPlan, 'cells'> | null = null;

  constructor(
    readonly experiment: OpenedExperiment,
    private readonly options: ExperimentOptions,
  ) {
    this.states = cellsOf(experiment).map(cell => ({ cell, status: 'waiting', seconds: 0, bytes: 0 }));
  }

  get cells(): readonly CellState[] {
    return this.states;
  }

  /**
   * Opens every data set and model, and says what is done and what the rest takes. A cell that cannot be done fails alone.
   * @throws CoopError `device.unavailable`; the signal's reason
   */
  async prepare(work: Work = {}): Promise<ExperimentPlan> {
    const { cores = os.availableParallelism(), memory = os.totalmem() / 2, shelf, learn } = this.options;
    const { device } = await chooseDevice(this.options.device ?? 'auto', shelf.models.precision);
    const {
      targets,
      spec: { title },
    } = this.experiment;
    for (const [at, { cell }] of this.states.entries()) {
      work.signal?.throwIfAborted();
      work.onProgress?.({ message: 'Planning', done: at, total: this.states.length, unit: 'cells' });
      try {
        const prepared = await prepareCell(cell, { shelf, targets, device, title, learn }, work);
        this.prepared[at] = prepared;
        const result = await this.measuredBefore(prepared.key);
        const { seconds, bytes } = prepared;
        this.states[at] =
          result === null
            ? { cell, status: 'waiting', seconds, bytes }
            : { cell, status: 'done', result, known: true };
      } catch (thrown) {
        work.signal?.throwIfAborted();
        this.prepared[at] = null;
        this.states[at] = { cell, status: 'failed', error: errorData(thrown) };
      }
    }
    const waiting = this.states.flatMap(state => (state.status === 'waiting' ? [state] : []));
    const bytes = Math.max(0, ...waiting.map(state => state.bytes));
    // A device other than the processor is one, and what is learned on it takes turns by itself.
    const perCore = bytes < SMALL_RUN_BYTES ? 2 : 1;
    const side = device === 'cpu' ? cores * perCore : 1;
    const jobs = Math.max(1, Math.min(side, waiting.length, bytes === 0 ? side : Math.floor(memory / bytes)));
    const seconds = waiting.reduce((sum, state) => sum + state.seconds, 0) / Math.min(jobs, cores);
    this.plan = {
      jobs,
      threads: Math.max(1, Math.floor(cores / jobs)),
      seconds,
      bytes: bytes * jobs,
      device,
      undrawn: missingAxes(this.experiment),
    };
    return { ...this.plan, cells: this.states };
  }

  /**
   * Measures what is left. One that fails is kept with its reason, and the others go on.
   * @param onChange whenever a cell begins or ends
   * @throws the signal's reason, after runs that were going are saved
   */
  async run(work: Work = {}, onChange: () => Promise<void> = async () => undefined): Promise<void> {
    const { jobs, threads } = this.plan ?? (await this.prepare(work));
    await this.writeDocuments();
    const queue = this.queue();
    const { signal } = work;
    const worker = async (lane: number) => {
      for (let at = queue.shift(); at !== undefined && signal?.aborted !== true; at = queue.shift()) {
        await this.measure(at, work, { threads, lane }, onChange);
        await onChange();
      }
    };
    // Lane 0 is that of what cells share, such as the encoders.
    await Promise.all(Array.from({ length: jobs }, (_, at) => worker(at + 1)));
    signal?.throwIfAborted();
  }

  /**
   * Indices of the cells that are left: hand-written lines, which the others are compared with, then the longest first, so
   * that no long one is alone at the end.
   */
  private queue(): number[] {
    const waiting = [...this.states.keys()].filter(at => this.states[at]!.status === 'waiting');
    const weight = (at: number) => {
      const { cell } = this.states[at]!;
      return cell.kind === 'lines' ? Number.POSITIVE_INFINITY : this.prepared[at]!.seconds;
    };
    return waiting
      .map(at => ({ at, weight: weight(at) }))
      .sort((a, b) => (a.weight === b.weight ? a.at - b.at : b.weight - a.weight))
      .map(({ at }) => at);
  }

  private async measure(at: number, work: Work, slot: Slot, onBegin: () => Promise<void>): Promise<void> {
    const prepared = this.prepared[at]!;
    const { cell, key, seconds, bytes } = prepared;
    this.states[at] = { cell, status: 'running', seconds, bytes };
    await onBegin();
    const started = performance.now();
    try {
      const { measurements, notes } = await prepared.measure(work, slot);
      const taken = (performance.now() - started) / 1000;
      const result: CellResult = { format: 1, title: cell.title, seconds: taken, measurements, notes };
      const file = this.cellFile(key);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFileAtomic(file, cellText(result, file), 'refuse');
      this.states[at] = { cell, status: 'done', result, known: false };
    } catch (thrown) {
      this.states[at] =
        work.signal?.aborted === true
          ? { cell, status: 'waiting', seconds, bytes }
          : { cell, status: 'failed', error: errorData(thrown) };
    }
  }

  private async measuredBefore(key: string): Promise<CellResult | null> {
    const file = this.cellFile(key);
    try {
      return parseCell(await readTextFile(file, 'run.corrupt'), file);
    } catch (thrown) {
      // A damaged one is measured again.
      if (isMissing(thrown) || (thrown instanceof CoopError && thrown.code === 'run.corrupt')) return null;
      throw thrown;
    }
  }

  private cellFile(key: string): string {
    return path.join(this.experiment.out, 'cells', `${key}.json`);
  }

  /** Documents that were made for the experiment: the editor opens them, and their runs lie beside them. */
  private async writeDocuments(): Promise<void> {
    for (const { project, written } of this.experiment.tasks) {
      if (written) continue;
      await mkdir(project.folder, { recursive: true });
      await writeFileAtomic(project.path, project.text, 'refuse');
    }
  }
}
