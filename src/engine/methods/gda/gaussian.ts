import { CoopError } from '../../../shared/errors';
import { product } from '../../measure/dense-product';
import type { LabelledUnits } from '../parts/feature-method';
import { choleskyInverse } from './cholesky';

/** Linear discriminant of one Gaussian a class with a covariance they share. */
export interface Gaussian {
  /** [classes, E]: Σ⁻¹μ_c */
  readonly weights: Float64Array;
  /** [classes]: −log C − ½ μ_cᵀΣ⁻¹μ_c */
  readonly biases: Float64Array;
}

/**
 * Means of the classes and the empirical-Bayes precision Σ⁻¹ = d·[(N − 1)Σ̂ + tr(Σ̂)I]⁻¹, where Σ̂ is the covariance of all
 * features less their class's mean (Wang et al., A Hard-to-Beat Baseline for Training-Free CLIP-based Adaptation, ICLR
 * 2024, eq. 4 to 6).
 * @param width E
 * @throws CoopError `method.leftOut` where no class has two different images, or one has none
 */
export function gaussianOf({ features, labels }: LabelledUnits, classes: number, width: number): Gaussian {
  const n = labels.length;
  const means = new Float64Array(classes * width);
  const counts = new Float64Array(classes);
  for (let i = 0; i < n; i++) {
    const c = labels[i]!;
    counts[c]! += 1;
    for (let e = 0; e < width; e++) means[c * width + e]! += features[i * width + e]!;
  }
  // A mean of zero is one, too, and would be the answer about many images.
  if (counts.includes(0))
    throw new CoopError('method.leftOut', 'a class without images to learn from has no mean.', {
      next: 'Give every class one image or more to learn from.',
    });
  for (let c = 0; c < classes; c++) for (let e = 0; e < width; e++) means[c * width + e]! /= counts[c]!;
  // Transposed, so that a product of rows gives sums over images.
  const centred = new Float64Array(width * n);
  for (let i = 0; i < n; i++)
    for (let e = 0; e < width; e++)
      centred[e * n + i] = features[i * width + e]! - means[labels[i]! * width + e]!;
  /** (N − 1) Σ̂ */
  const scatter = product(centred, centred, n);
  let trace = 0;
  for (let e = 0; e < width; e++) trace += scatter[e * width + e]! / (n - 1);
  // Each image is its class's mean: without a spread there is no shrinkage towards one.
  if (!(trace > 0))
    throw new CoopError('method.leftOut', 'one image per class has no covariance.', {
      next: 'Learn from two shots or more.',
    });
  for (let e = 0; e < width; e++) scatter[e * width + e]! += trace;
  const precision = choleskyInverse(scatter, width).map(value => width * value);
  const weights = product(means, precision, width);
  const biases = new Float64Array(classes);
  for (let c = 0; c < classes; c++) {
    let square = 0;
    for (let e = 0; e < width; e++) square += means[c * width + e]! * weights[c * width + e]!;
    biases[c] = -Math.log(classes) - square / 2;
  }
  return { weights, biases };
}
