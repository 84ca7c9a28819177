import { correctShare } from '../../measure/correct-share';
import type { ProcessorShare } from '../../runtime/session';
import type { Work } from '../../task/work';
import {
  classifyLinearly,
  fitLogistic,
  type LabelledFeatures,
  type LinearClassifier,
  type LogisticFit,
  type LogisticProblem,
  logisticProblem,
} from './logistic-regression';

/** Strengths tried first, in this order. */
const COARSE = [1e6, 1e4, 1e2, 1, 1e-2, 1e-4, 1e-6];
const REFINEMENTS = 8;
/** Two ends around the best strength, and the middle that each refinement but the last one tries next. */
export const FITS = COARSE.length + 2 + REFINEMENTS - 1;

export interface LinearProbe {
  readonly classifier: LinearClassifier;
  /** Inverse strength of the penalty that was chosen. */
  readonly c: number;
  /** The end of the strengths tried that it lies at, where others were as right on the validation images; null elsewhere. */
  readonly tied: 'weakest' | 'strongest' | null;
}

/**
 * The linear probe that CoOp compares with: logistic regression on raw image features (test transform, not unit), its
 * penalty chosen on validation images: seven strengths, then eight bisections in log C around the best one, where a tie
 * keeps the left end (CoOp, lpclip/linear_probe.py).
 * @param validation images that are not those of the final figure; at least one
 * @throws CoopError `method.leftOut` when the features are not finite; the signal's reason
 */
export async function fitLinearProbe(
  train: LabelledFeatures,
  validation: LabelledFeatures,
  classes: number,
  work: Work & ProcessorShare = {},
): Promise<LinearProbe> {
  const { signal, threads, lane } = work;
  const problem = await logisticProblem(train, classes, { signal, threads, lane });
  try {
    return await search(problem, validation, work);
  } finally {
    await problem.curvature.release();
  }
}

async function search(
  problem: LogisticProblem,
  validation: LabelledFeatures,
  { signal, onProgress }: Work,
): Promise<LinearProbe> {
  const fits = new Map<number, Fitted>();
  const fitted = async (c: number): Promise<Fitted> => {
    const known = fits.get(c);
    if (known !== undefined) return known;
    const start = nearest(fits, c);
    const fit = await fitLogistic(problem, c, { ...(start === null ? {} : { start }), signal });
    const { predictions } = classifyLinearly(fit.classifier, validation.features);
    const made = { c, fit, accuracy: correctShare(predictions, validation.labels) };
    fits.set(c, made);
    onProgress?.({ message: 'Fitting the linear probe', done: fits.size, total: FITS, unit: 'fits' });
    return made;
  };
  // From the strongest penalty, whose minimum lies near zero, each fit begins where the one before has ended.
  for (const c of COARSE.toReversed()) await fitted(c);
  const coarse = COARSE.map(c => fits.get(c)!);
  // The first of equals: the weakest penalty.
  const peak = coarse.reduce((best, one) => (one.accuracy > best.accuracy ? one : best));
  let [left, right] = [peak.c / 10, peak.c * 10];
  let chosen = peak;
  for (let i = 0; i < REFINEMENTS; i++) {
    const middle = 10 ** ((Math.log10(left) + Math.log10(right)) / 2);
    const [one, other] = [await fitted(left), await fitted(right)];
    if (one.accuracy < other.accuracy) {
      chosen = other;
      left = middle;
    } else {
      chosen = one;
      right = middle;
    }
  }
  const ties = [...fits.values()].filter(({ accuracy }) => accuracy === chosen.accuracy).length > 1;
  const end = peak === coarse[0] ? 'weakest' : peak === coarse.at(-1) ? 'strongest' : null;
  return { classifier: chosen.fit.classifier, c: chosen.c, tied: ties ? end : null };
}

interface Fitted {
  readonly c: number;
  readonly fit: LogisticFit;
  /** On the validation images. */
  readonly accuracy: number;
}

/** The fit whose penalty is closest on a logarithmic scale. */
function nearest(fits: ReadonlyMap<number, Fitted>, c: number): LogisticFit | null {
  const distance = (other: number) => Math.abs(Math.log(other / c));
  const [first, ...others] = fits.values();
  if (first === undefined) return null;
  return others.reduce((best, one) => (distance(one.c) < distance(best.c) ? one : best), first).fit;
}
