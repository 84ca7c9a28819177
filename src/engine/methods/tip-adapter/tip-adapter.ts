import type { TipAdapterSpec } from '../../../shared/contracts/method-spec';
import { product } from '../../measure/dense-product';
import {
  bestOf,
  type Fitted,
  featureMethod,
  PRODUCTS_PER_SECOND,
  type ZeroShot,
  zeroShotLogits,
} from '../parts/feature-method';

/** Ranges of its authors' search (search_scale [7, 3]), with 20 steps each: neighbours answer alike. */
const [MOST_BETA, MOST_ALPHA, STEPS, LEAST] = [7, 3, 20, 0.1];
const range = (most: number) => Array.from({ length: STEPS }, (_, i) => LEAST + ((most - LEAST) * i) / STEPS);

/** On one core, a guess. */
const EXPONENTIALS_PER_SECOND = 50e6;

interface Weights {
  readonly alpha: number;
  readonly beta: number;
}

/**
 * The shots' features as a cache that is asked by affinity, without training (Zhang et al., Tip-Adapter, ECCV 2022, eq. 5
 * and 6): logits + α · exp(−β(1 − cosine to each shot)) summed by class.
 */
export const tipAdapter = featureMethod<TipAdapterSpec>({
  id: 'tip-adapter',
  title: 'Tip-Adapter',
  seconds: ({ train, validation, judged, width }) => {
    const affinities = ((validation + judged) * train * width) / PRODUCTS_PER_SECOND;
    return affinities + ((STEPS * validation + judged) * train) / EXPONENTIALS_PER_SECOND;
  },
  fit: async ({ train, validation, zeroShot }) => {
    const tensors = new Map([
      ['keys', Float32Array.from(train.features)],
      ['labels', Float32Array.from(train.labels)],
    ]);
    const first: Weights = { alpha: 1, beta: 1 };
    if (validation.labels.length === 0) return { tensors, figures: { ...first } };
    const { features, labels } = validation;
    const affinities = product(features, train.features, zeroShot.width);
    const own = zeroShotLogits(features, zeroShot);
    const candidates = range(MOST_BETA).map(beta => {
      const cached = cachedLogits(affinities, train.labels, beta, zeroShot.classes);
      const alpha = bestOf(range(MOST_ALPHA), labels, zeroShot.classes, one => sum(own, cached, one));
      return { alpha, beta, cached };
    });
    const { alpha, beta } = bestOf(candidates, labels, zeroShot.classes, ({ alpha: one, cached }) =>
      sum(own, cached, one),
    );
    return { tensors, figures: { alpha, beta } };
  },
  logits: (features, { tensors, figures }: Fitted, zeroShot: ZeroShot) => {
    const { alpha = 1, beta = 1 } = figures;
    const affinities = product(features, Float64Array.from(tensors.get('keys')!), zeroShot.width);
    const cached = cachedLogits(affinities, tensors.get('labels')!, beta, zeroShot.classes);
    return sum(zeroShotLogits(features, zeroShot), cached, alpha);
  },
  note: figures => {
    const chosen = figures.map(
      ({ alpha = 0, beta = 0 }) => `α = ${alpha.toPrecision(2)}, β = ${beta.toPrecision(2)}`,
    );
    return `Tip-Adapter asks the same shots’ image features as a cache beside the baseline, without training; ${chosen.join('; ')}, chosen on dev images.`;
  },
});

/** Affinities [n, shots] of every class together: [n, classes]. */
function cachedLogits(
  affinities: Float64Array,
  labels: ArrayLike<number>,
  beta: number,
  classes: number,
): Float64Array {
  const shots = labels.length;
  const out = new Float64Array((affinities.length / shots) * classes);
  for (let at = 0; at < affinities.length; at++) {
    const image = Math.floor(at / shots);
    out[image * classes + labels[at % shots]!]! += Math.exp(-beta * (1 - affinities[at]!));
  }
  return out;
}

function sum(own: Float64Array, cached: Float64Array, alpha: number): Float64Array {
  return own.map((logit, i) => logit + alpha * cached[i]!);
}
