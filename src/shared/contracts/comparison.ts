import type { RunSpec } from './method-spec';
import type { Delta, Proportion } from './report';

/** What a finished run reached on test images. */
export interface RunGain {
  /** Of the seed that Apply takes. */
  readonly test: Proportion;
  /** Against the run's own baseline. */
  readonly gain: Delta;
}

/** Finished runs beside each other, on test images. */
export interface RunComparison {
  readonly runs: readonly ComparedRun[];
}

export interface ComparedRun extends RunGain {
  readonly name: string;
  readonly template: string;
  readonly baseline: string;
  readonly model: string;
  readonly device: string;
  readonly recipe: RunSpec;
  readonly seconds: number;
  /** Of the seed that Apply takes. */
  readonly dev: Proportion;
  /** Against the first run, on the same images; null for the first itself, and where the test images or classes differ. */
  readonly againstFirst: Delta | null;
}
