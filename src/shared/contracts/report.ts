import type { PromptSpec } from './method-spec';

/** `report.json` of a run: what was gained on test images that nothing else had read. All fractions are 0…1. */
export const REPORT_FORMAT = 2;

export type PromptKind = 'template' | 'ensemble' | 'learned' | 'linear-probe';

/** A proportion with its 95 % Wilson interval. */
export interface Proportion {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

export interface Metrics {
  readonly accuracy: Proportion;
  readonly top5: number;
  readonly macroF1: number;
  readonly balancedAccuracy: number;
  /** Expected calibration error, 15 bins. */
  readonly ece: number;
}

/** What the row of the linear probe was fitted with: it sees image features only, no text. */
export interface LinearProbeFit {
  /** The shots of this seed, the first of the run. */
  readonly seed: number;
  readonly trainImages: number;
  /** Inverse strength of the penalty, chosen on the dev images. */
  readonly c: number;
}

/** One row of the report's table. */
export interface PromptResult {
  readonly kind: PromptKind;
  /** The template line, ensemble name, or "linear probe". */
  readonly label: string;
  readonly dev: Proportion | null;
  readonly test: Metrics;
  /** Against the baseline, on the same test images; null on the baseline's own row. */
  readonly delta: Delta | null;
  /** True for the one hand-written template with the best dev accuracy. */
  readonly bestOnDev?: boolean;
}

/** Paired difference in accuracy on the same n images. */
export interface Delta {
  /** Difference of the accuracies, −1…1 (0.041 is "+4.1 pts"). */
  readonly difference: number;
  /** 95 % paired bootstrap interval. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
  /** Images that only the new prompt gets right / only the baseline got right. */
  readonly fixed: number;
  readonly broken: number;
  /** Two-sided exact McNemar p-value. */
  readonly p: number;
}

export interface ClassResult {
  readonly name: string;
  readonly n: number;
  readonly baseline: number;
  readonly learned: number;
}

/** A test image and what both prompts answered. Class values are indices into `classes`. */
export interface TestImage {
  /** Relative to `imagesFolder`. */
  readonly path: string;
  readonly label: number;
  readonly baseline: number;
  readonly learned: number;
}

export interface SeedResult {
  readonly seed: number;
  readonly dev: Proportion;
  readonly test: Proportion;
  readonly delta: Delta;
  readonly finalLoss: number;
}

export interface NearestWords {
  /** Slot and vector, 1-based, as the template counts them; the class for class-specific slots. */
  readonly slot: number;
  readonly vector: number;
  readonly className?: string;
  /** Decoded vocabulary entries with Euclidean distance in embedding space, nearest first. */
  readonly words: readonly { readonly text: string; readonly distance: number }[];
}

export interface Report {
  readonly format: typeof REPORT_FORMAT;
  readonly runId: string;
  readonly name: string;
  readonly createdAt: string;
  readonly document: string;
  readonly imagesFolder: string;
  readonly template: string;
  readonly replaces: string;
  readonly baseline: string;
  readonly classes: readonly string[];
  /** Test-set delta of the learned prompt (the first seed when several were learned) against the baseline. */
  readonly headline: Delta;
  readonly seeds: readonly SeedResult[];
  /** Mean and population standard deviation of test accuracy over the seeds; absent with one seed. */
  readonly seedAverage?: { readonly mean: number; readonly std: number };
  readonly results: readonly PromptResult[];
  /** Of the row of kind `linear-probe`, or why there is no such row; absent in reports of earlier versions. */
  readonly linearProbe?: LinearProbeFit | { readonly leftOut: string };
  readonly perClass: readonly ClassResult[];
  /** Every test image. */
  readonly images: readonly TestImage[];
  /** Counts on test images, [true class][predicted class]. */
  readonly confusion: {
    readonly baseline: readonly (readonly number[])[];
    readonly learned: readonly (readonly number[])[];
  };
  readonly nearestWords: readonly NearestWords[];
  readonly provenance: Provenance;
}

export interface Provenance {
  readonly version: string;
  readonly recipe: PromptSpec;
  readonly device: string;
  readonly threads: number;
  readonly model: string;
  readonly modelHash: string;
  readonly datasetHash: string;
  readonly classesHash: string;
  readonly preprocessing: string;
  readonly split: string;
  readonly counts: {
    readonly test: number;
    readonly dev: number;
    readonly pool: number;
    readonly train: number;
  };
  readonly resumes: number;
  /** False when the run was resumed on another device or thread count, so that its numbers need not repeat bit for bit. */
  readonly exactResume: boolean;
  readonly seconds: number;
  readonly command: string;
}
