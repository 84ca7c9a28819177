import type { LearnedContext } from '../../files/contexts/learned-context';
import type { NearestWords } from '../../shared/contracts/report';
import type { ErrorData } from '../../shared/errors';
import type { Classified } from '../measure/zero-shot';
import type { LabelledFeatures } from '../methods/linear-probe/logistic-regression';

/** What a report takes seconds to work out, all of it computed from these values and the model's folder. */
export interface AnalysisJob {
  /** Null where the report has no linear probe. */
  readonly probe: ProbeJob | null;
  readonly words: {
    readonly context: LearnedContext;
    readonly modelFolder: string;
    /** Words for each vector. */
    readonly count: number;
  };
}

export interface ProbeJob {
  /** The shots: raw image features, not unit. */
  readonly train: LabelledFeatures;
  /** Where the penalty is chosen. */
  readonly dev: LabelledFeatures;
  /** [n, E] */
  readonly test: Float32Array;
  readonly classes: number;
}

export interface Analysis {
  readonly probe: ProbeAnswers | null;
  readonly nearestWords: readonly NearestWords[];
}

export interface ProbeAnswers {
  /** Inverse strength of the penalty that was chosen. */
  readonly c: number;
  readonly dev: Classified;
  readonly test: Classified;
}

export type FromAnalysisWorker =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'done'; readonly analysis: Analysis }
  | { readonly type: 'failed'; readonly error: ErrorData };
