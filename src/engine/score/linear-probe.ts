import {
  classifyLinearly,
  fitLogistic,
  type LabelledFeatures,
  type LinearClassifier,
} from './logistic-regression';

/** Strengths tried first, in this order. */
const COARSE = [1e6, 1e4, 1e2, 1, 1e-2, 1e-4, 1e-6];
const REFINEMENTS = 8;

export interface LinearProbe {
  readonly classifier: LinearClassifier;
  /** Inverse strength of the penalty that was chosen. */
  readonly c: number;
}

/**
 * The linear probe that CoOp compares with: logistic regression on raw image features (test transform, not unit), its
 * penalty chosen on validation images: seven strengths, then eight bisections in log C around the best one, where a tie
 * keeps the left end (CoOp, lpclip/linear_probe.py).
 * @param validation images that are not those of the final figure; at least one
 */
export function linearProbe(
  train: LabelledFeatures,
  validation: LabelledFeatures,
  classes: number,
): LinearProbe {
  const fits = new Map<number, { readonly probe: LinearProbe; readonly accuracy: number }>();
  const probeOf = (c: number) => {
    const known = fits.get(c);
    if (known !== undefined) return known;
    const classifier = fitLogistic(train, classes, c);
    const { predictions } = classifyLinearly(classifier, validation.features);
    const right = predictions.filter((prediction, i) => prediction === validation.labels[i]).length;
    const made = { probe: { classifier, c }, accuracy: right / predictions.length };
    fits.set(c, made);
    return made;
  };
  const coarse = COARSE.map(probeOf);
  // The first of equals: the weakest penalty.
  const peak = coarse.reduce((best, one) => (one.accuracy > best.accuracy ? one : best));
  let [left, right] = [peak.probe.c / 10, peak.probe.c * 10];
  let { probe } = peak;
  for (let i = 0; i < REFINEMENTS; i++) {
    const middle = 10 ** ((Math.log10(left) + Math.log10(right)) / 2);
    const [one, other] = [probeOf(left), probeOf(right)];
    if (one.accuracy < other.accuracy) {
      probe = other.probe;
      left = middle;
    } else {
      probe = one.probe;
      right = middle;
    }
  }
  return probe;
}
