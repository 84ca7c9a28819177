import type { ClapSpec, ZsLpSpec } from '../../../shared/contracts/method-spec';
import { counted } from '../../../shared/format/count';
import { gradients } from '../../graph/gradients';
import { input, scalar } from '../../graph/operations';
import { product } from '../../measure/dense-product';
import { fromLogits } from '../../measure/from-logits';
import { unitRows } from '../../measure/unit-features';
import { pythonRandom } from '../../random/mersenne-twister';
import { createSession } from '../../runtime/create-session';
import type { ProcessorShare } from '../../runtime/session';
import type { Work } from '../../task/work';
import { contrastiveLoss } from '../coop/loss';
import { learningRateOf } from '../coop/schedule';
import { sgdStep } from '../coop/sgd';
import {
  type FeatureMaterial,
  type FeatureMethod,
  type Fitted,
  featureMethod,
  type LabelledUnits,
  PRODUCTS_PER_SECOND,
  type ZeroShot,
  zeroShotLogits,
} from '../parts/feature-method';

/** Its authors' schedule and optimiser (configs/trainers/SGD_lr1e-1_B256_ep300; momentum and decay are Dassl's). */
const SCHEDULE = { epochs: 300, learningRate: 0.1, warmupEpochs: 1, warmupLearningRate: 1e-5 };
const SGD = { momentum: 0.9, weightDecay: 0 };
const BATCH = 256;

/** Multiply-adds a second of its step on one core, and what a step costs beside them, guesses. */
const STEP_PRODUCTS_PER_SECOND = 3.5e9;
const STEP_S = 0.0004;

/**
 * A linear classifier on cosines that starts from the texts and is held to each class's text as far as the baseline is
 * sure of that class: cross-entropy + mean over classes of λ_c ‖w_c − t_c‖², λ_c the mean zero-shot probability of the class
 * over its shots (Silva-Rodríguez et al., CVPR 2024, eq. 5 and 8). Without the constraint it is their ZS-LP.
 */
const held = (constrained: boolean): Omit<FeatureMethod<ClapSpec>, 'id' | 'title'> => ({
  seconds: ({ train, judged, classes, width }) => {
    const batch = Math.min(BATCH, train);
    const steps = SCHEDULE.epochs * Math.floor(train / batch);
    const learning = steps * (STEP_S + (2 * batch * classes * width) / STEP_PRODUCTS_PER_SECOND);
    return learning + (judged * classes * width) / PRODUCTS_PER_SECOND;
  },
  fit: async (material, work) => {
    const weights = await fitPrototypes(material, constrained, work);
    return {
      tensors: new Map([['weights', weights]]),
      figures: { images: material.train.labels.length },
    };
  },
  logits: (features, { tensors }: Fitted, { width, logitScale }: ZeroShot) => {
    const weights = Float64Array.from(unitRows(tensors.get('weights')!, width));
    return product(features, weights, width).map(cosine => logitScale * cosine);
  },
  note: figures => {
    const images = counted(figures[0]?.['images'] ?? 0, 'image');
    return constrained
      ? `CLAP is a classifier on the features of the same ${images} that starts from the baseline’s texts and is held to them.`
      : `ZS-LP is a classifier on the features of the same ${images} that starts from the baseline’s texts.`;
  },
});

export const clap = featureMethod<ClapSpec>({ id: 'clap', title: 'CLAP', ...held(true) });
export const zsLp = featureMethod<ZsLpSpec>({ id: 'zs-lp', title: 'ZS-LP', ...held(false) });

/**
 * The prototypes [classes, E] after the last epoch.
 * @param constrained CLAP's penalty; without it, ZS-LP
 * @throws the signal's reason
 */
export async function fitPrototypes(
  { train, zeroShot, rawTexts, seed }: Omit<FeatureMaterial, 'validation'>,
  constrained: boolean,
  { signal, threads, lane }: Work & ProcessorShare = {},
): Promise<Float32Array> {
  const { classes, width, logitScale } = zeroShot;
  const weights = Float32Array.from(await rawTexts());
  const texts = Float32Array.from(weights);
  const pulls = constrained ? certainties(train, zeroShot) : new Float64Array(classes);
  const batch = Math.min(BATCH, train.labels.length);
  const session = await stepSession(classes, width, batch, logitScale, { threads, lane });
  const features = Float32Array.from(train.features);
  let momentum: Float32Array | null = null;
  try {
    for (let epoch = 0; epoch < SCHEDULE.epochs; epoch++) {
      const order = pythonRandom(BigInt(seed) * 1_000_003n + BigInt(epoch)).shuffle(
        Array.from({ length: train.labels.length }, (_, i) => i),
      );
      for (let at = 0; at + batch <= order.length; at += batch) {
        signal?.throwIfAborted();
        const rows = order.slice(at, at + batch);
        const gradient = await session.gradient(weights, rows, features, train.labels);
        for (let i = 0; i < gradient.length; i++)
          gradient[i]! += (2 * pulls[Math.floor(i / width)]! * (weights[i]! - texts[i]!)) / classes;
        const rate = learningRateOf(epoch, SCHEDULE);
        momentum = sgdStep(weights, gradient, momentum, rate, SGD);
      }
    }
  } finally {
    await session.release();
  }
  return weights;
}

/** λ_c: mean zero-shot probability of the true class over the shots of each class. */
export function certainties({ features, labels }: LabelledUnits, zeroShot: ZeroShot): Float64Array {
  const { classes } = zeroShot;
  const { probabilities } = fromLogits(zeroShotLogits(features, zeroShot), classes);
  const sums = new Float64Array(classes);
  const counts = new Float64Array(classes);
  for (const [i, label] of labels.entries()) {
    sums[label]! += probabilities[i * classes + label]!;
    counts[label]! += 1;
  }
  return sums.map((sum, c) => (counts[c] === 0 ? 0 : sum / counts[c]!));
}

async function stepSession(
  classes: number,
  width: number,
  batch: number,
  logitScale: number,
  share: ProcessorShare,
) {
  const weights = input('weights', [classes, width]);
  const loss = contrastiveLoss(
    weights,
    input('images', [batch, width]),
    input('labels', [batch], 'int64'),
    logitScale,
  );
  const gradient = gradients(new Map([[loss, scalar(1)]]), [weights]).get(weights)!;
  const session = await createSession({ gradient }, { device: 'cpu', ...share });
  return {
    async gradient(
      values: Float32Array,
      rows: readonly number[],
      features: Float32Array,
      labels: FeatureMaterial['train']['labels'],
    ): Promise<Float32Array> {
      const images = new Float32Array(rows.length * width);
      for (const [at, row] of rows.entries())
        images.set(features.subarray(row * width, (row + 1) * width), at * width);
      const picked = Int32Array.from(rows, row => labels[row]!);
      const result = await session.run({
        weights: { data: values, shape: [classes, width] },
        images: { data: images, shape: [rows.length, width] },
        labels: { data: picked, shape: [rows.length] },
      });
      return result.gradient.data;
    },
    release: () => session.release(),
  };
}
