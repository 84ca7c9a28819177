import type { ErrorData } from '../errors';
import type { PromptSpec } from './method-spec';

/**
 * The files of a run directory: the contract between the training process (one writer) and everyone who
 * watches it. Field by field in docs/FILE-FORMATS.md.
 */
export const RUN_FORMAT = 1;

export const RUN_FILES = {
  inputs: 'run.json',
  state: 'state.json',
  events: 'events.jsonl',
  checkpoint: 'checkpoint.safetensors',
  context: 'context.safetensors',
  report: 'report.json',
  control: 'control',
  lock: 'lock',
  stdout: 'stdout.log',
  stderr: 'stderr.log',
} as const;

export interface RefusedDevice {
  readonly device: string;
  readonly reason: string;
}

/** `run.json`: everything that decides the result, written once before the first step. */
export interface RunInputs {
  readonly format: typeof RUN_FORMAT;
  readonly id: string;
  /** A name a person can type; unique within one `.coop/contexts`. */
  readonly name: string;
  readonly createdAt: string;
  readonly version: string;
  /** Absolute path of the .prompts file the run was started from, and its text at that moment. */
  readonly document: { readonly path: string; readonly text: string };
  /** The line that is learned, e.g. `[V:16] {}.` (for a plain line: `[V:16] {}.` put in its place). */
  readonly template: string;
  /** The source line in the document that Apply replaces; its text, not its number, finds it again. */
  readonly replaces: string;
  /** The plain template that the report measures the gain against. */
  readonly baseline: string;
  readonly recipe: PromptSpec;
  readonly device: string;
  /** Every better device, with the reason it was not chosen. */
  readonly refused?: readonly RefusedDevice[];
  readonly threads: number;
  readonly hashes: {
    /** sha256 over configuration, tokenizer and weights. */
    readonly model: string;
    /** sha256 over (class, file hash) of every image, in class order. */
    readonly dataset: string;
    /** sha256 over class names and columns, in class order. */
    readonly classes: string;
    /** sha256 over the side of the split of every image, in class order; absent in runs of version 0.1, as the next two. */
    readonly parts?: string;
    /** How images are prepared, as one line. */
    readonly preprocessing?: string;
    /** sha256 of the files of the learned contexts that template and baseline refer to, by name. */
    readonly contexts?: Readonly<Record<string, string>>;
  };
  /** The command that repeats this run. */
  readonly command: string;
}

export type RunPhase =
  | 'starting'
  | 'scanning'
  | 'encoding'
  | 'learning'
  | 'reporting'
  | 'done'
  | 'stopped'
  | 'failed';

/** `state.json`: the latest snapshot, replaced atomically. A watcher needs no other file to draw the run's row. */
export interface RunState {
  readonly phase: RunPhase;
  readonly updatedAt: string;
  /** Seed being learned (index into recipe.seeds). */
  readonly seedIndex: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  /** Progress of the present phase when it is not `learning`: done of total, with the unit named. */
  readonly progress?: { readonly done: number; readonly total: number; readonly unit: string };
  readonly loss?: number;
  /** Accuracy on the dev images, 0…1. */
  readonly devAccuracy?: number;
  readonly baselineDevAccuracy?: number;
  readonly stepsPerSecond?: number;
  readonly etaSeconds?: number;
  /** The device in use and, for every better one, why it was refused. */
  readonly device?: string;
  readonly refused?: readonly RefusedDevice[];
  readonly resumedFromStep?: number;
  readonly error?: ErrorData;
}

/** One line of `events.jsonl`. Append-only; a reader skips a last line that does not end in a line feed. */
export type RunEvent =
  | { readonly type: 'phase'; readonly time: string; readonly phase: RunPhase }
  | {
      readonly type: 'device';
      readonly time: string;
      readonly device: string;
      readonly refused: readonly RefusedDevice[];
    }
  | {
      readonly type: 'baseline';
      readonly time: string;
      /** Accuracy of the baseline template on the dev images, 0…1. */
      readonly devAccuracy: number;
      readonly devCount: number;
    }
  | {
      readonly type: 'epoch';
      readonly time: string;
      readonly seed: number;
      readonly epoch: number;
      readonly step: number;
      /** Mean training loss of the epoch. */
      readonly loss: number;
      readonly learningRate: number;
      readonly devAccuracy?: number;
      readonly stepsPerSecond: number;
    }
  | { readonly type: 'checkpoint'; readonly time: string; readonly step: number }
  | { readonly type: 'resume'; readonly time: string; readonly step: number; readonly exact: boolean }
  | { readonly type: 'warning'; readonly time: string; readonly message: string }
  | { readonly type: 'error'; readonly time: string; readonly error: ErrorData };

/** `lock`: who writes. Stale only when that process is gone (pid reused: start time differs). */
export interface RunLock {
  readonly pid: number;
  /** Start time of the process as the operating system tells it; distinguishes a reused pid. */
  readonly processStart: string;
  readonly token: string;
  readonly host: string;
  readonly heartbeat: string;
}

/** What a person is told about a run: the state, plus what only the lock can tell. */
export type RunStatus = RunPhase | 'interrupted';

export interface RunSummary {
  readonly directory: string;
  readonly inputs: RunInputs;
  readonly state: RunState;
  readonly status: RunStatus;
  readonly hasReport: boolean;
}

/** A folder among the runs that cannot be shown as one, and why. */
export interface DamagedRun {
  readonly directory: string;
  readonly error: ErrorData;
}
