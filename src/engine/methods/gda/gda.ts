import type { GdaSpec } from '../../../shared/contracts/method-spec';
import { product } from '../../measure/dense-product';
import {
  bestOf,
  type Fitted,
  featureMethod,
  PRODUCTS_PER_SECOND,
  type ZeroShot,
  zeroShotLogits,
} from '../parts/feature-method';
import { gaussianOf } from './gaussian';

/** Weights of the discriminant beside CLIP's own logits that are tried on validation images, as its authors do. */
const ALPHAS = [1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100];

/** Gaussian discriminant analysis beside the zero-shot classifier: closed form (Wang et al., ICLR 2024). */
export const gda = featureMethod<GdaSpec>({
  id: 'gda',
  title: 'GDA',
  seconds: ({ train, validation, judged, classes, width }) => {
    const covariance = train * width ** 2 + width ** 3;
    const answers = (ALPHAS.length * validation + judged) * 2 * classes * width;
    return (covariance + answers) / PRODUCTS_PER_SECOND;
  },
  fit: async ({ train, validation, zeroShot }) => {
    const { classes, width } = zeroShot;
    const { weights, biases } = gaussianOf(train, classes, width);
    const tensors = new Map([
      ['weights', Float32Array.from(weights)],
      ['biases', Float32Array.from(biases)],
    ]);
    const fitted = (alpha: number): Fitted => ({ tensors, figures: { alpha } });
    const alpha =
      validation.labels.length === 0
        ? 1
        : bestOf(ALPHAS, validation.labels, classes, one =>
            logitsOf(validation.features, fitted(one), zeroShot),
          );
    return fitted(alpha);
  },
  logits: logitsOf,
  note: figures =>
    `GDA is Gaussian discriminant analysis of the same shots’ image features beside the baseline; α = ${figures.map(({ alpha }) => alpha).join(', ')}, chosen on dev images.`,
});

function logitsOf(features: Float64Array, { tensors, figures }: Fitted, zeroShot: ZeroShot): Float64Array {
  const { classes, width } = zeroShot;
  const scores = product(features, Float64Array.from(tensors.get('weights')!), width);
  const biases = tensors.get('biases')!;
  const { alpha = 0 } = figures;
  return zeroShotLogits(features, zeroShot).map(
    (logit, i) => logit + alpha * (scores[i]! + biases[i % classes]!),
  );
}
