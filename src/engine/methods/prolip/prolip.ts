import { allFinite } from '../../../files/tensors/all-finite';
import type { ProLipSpec } from '../../../shared/contracts/method-spec';
import { CoopError } from '../../../shared/errors';
import { counted } from '../../../shared/format/count';
import { product } from '../../measure/dense-product';
import type { ProcessorShare } from '../../runtime/session';
import type { Task } from '../../task/task';
import type { Work } from '../../task/work';
import { unlessAborted } from '../../unless-aborted';
import { judgedImages, PRODUCTS_PER_SECOND } from '../parts/feature-method';
import type { Learned, Method } from '../parts/method';
import { adamStep, freshAdam } from './adam';
import { type ProjectionProblem, projectionStep } from './projection-step';

/** Its authors' optimiser where nothing is searched for (few_shot_no_val_lr1e-4_lambda_1_N.yaml, methods/ProLIP.py). */
const RECIPE = { steps: 300, learningRate: 1e-4, epsilon: 1e-4 };

/** Multiply-adds a second on one core, a guess. */
const STEP_PRODUCTS_PER_SECOND = 15e9;

/**
 * The image tower's last linear map, fine-tuned: cross-entropy + λ ‖W − W₀‖²_F with λ = 1 / images a class, its bias left as it is
 * (Fahes et al., arXiv 2410.05270, eq. 3; methods/ProLIP.py). What is learned changes image features only, so that every
 * line of text can be asked on it: `open` with another `baseline`. Its authors take another random view of each image in each of the steps;
 * here it is the one by the test transform.
 */
export const prolip: Method<ProLipSpec> = {
  id: 'prolip',
  title: 'ProLIP',
  asksAnyLine: true,
  plan: (task, { spec }, threads) => {
    const images = task.classes.names.length * spec.shots;
    const inner = task.model.images.projection?.width ?? 0;
    // Forward, and backward by W.
    const products = 2 * images * inner * task.model.embedWidth;
    const learning = (RECIPE.steps * products) / (STEP_PRODUCTS_PER_SECOND * threads);
    const answers = (judgedImages(task) * inner * task.model.embedWidth) / PRODUCTS_PER_SECOND;
    const seeds = spec.seeds.length;
    return { steps: seeds * RECIPE.steps, seconds: seeds * (learning + answers) };
  },
  begin: async (task, { spec, baseline }, io) => ({
    learn: async seed => {
      const { weight, bias } = await projectionOf(task);
      const { pooled, labels } = await task.shots(spec.shots, seed, io);
      const { features: texts } = await task.text(baseline, io);
      const problem = { pooled, labels, texts, bias, logitScale: task.model.similarity.scale };
      const { fitted, loss } = await fitProjection(
        problem,
        weight,
        task.classes.names.length / labels.length,
        io,
      );
      return {
        kind: 'classifier',
        tensors: new Map([
          ['weight', fitted],
          ['bias', bias],
        ]),
        figures: { loss, images: labels.length },
      };
    },
    release: async () => undefined,
  }),
  open: async (learned, task, { baseline }) => {
    const { features: texts } = await task.text(baseline);
    return {
      answer: ({ pooled }) => task.answer({ features: projected(pooled, learned) }, texts),
    };
  },
  note: learned => {
    const images = counted(learned[0]?.figures['images'] ?? 0, 'image');
    return `ProLIP fine-tunes the image tower’s last projection on the same ${images} and asks the baseline’s texts.`;
  },
};

/**
 * @param weight [E, w] W₀
 * @param lambda of ‖W − W₀‖²_F, summed over all values
 * @returns W after the last step, and the loss before it, the penalty included
 * @throws CoopError `method.leftOut` when a number is not finite; the signal's reason
 */
export async function fitProjection(
  problem: ProjectionProblem,
  weight: Float32Array,
  lambda: number,
  { signal, onProgress, threads, lane }: Work & ProcessorShare = {},
): Promise<{ readonly fitted: Float32Array; readonly loss: number }> {
  const { steps: total, learningRate, epsilon } = RECIPE;
  const fitted = Float32Array.from(weight);
  const adam = freshAdam(weight.length);
  const step = await projectionStep(problem, { threads, lane });
  let last = 0;
  try {
    for (let done = 0; done < total; done++) {
      signal?.throwIfAborted();
      const { loss, gradient } = await unlessAborted(step.evaluate(fitted), signal);
      const pull = Float32Array.from(gradient);
      let squares = 0;
      for (let i = 0; i < pull.length; i++) {
        const off = fitted[i]! - weight[i]!;
        squares += off * off;
        pull[i]! += 2 * lambda * off;
      }
      last = loss + lambda * squares;
      if (!Number.isFinite(last)) throw notFinite(done + 1);
      const rate = (learningRate / 2) * (1 + Math.cos((Math.PI * done) / total));
      adamStep(fitted, pull, adam, rate, done + 1, epsilon);
      onProgress?.({ message: 'Fitting ProLIP', done: done + 1, total, unit: 'steps' });
    }
  } finally {
    await step.release();
  }
  if (!allFinite(fitted)) throw notFinite(total);
  return { fitted, loss: last };
}

/** @param pooled [n, w] @returns [n, E] */
function projected(pooled: Float32Array, { tensors }: Learned): Float32Array {
  const [weight, bias] = [tensors.get('weight')!, tensors.get('bias')!];
  const inner = weight.length / bias.length;
  const values = product(Float64Array.from(pooled), Float64Array.from(weight), inner);
  return Float32Array.from(values, (value, i) => value + bias[i % bias.length]!);
}

async function projectionOf({ model }: Task) {
  const weights = await model.images.projection?.weights();
  if (weights !== undefined) return weights;
  throw new CoopError(
    'method.leftOut',
    `the image tower of ${model.id} does not end in a linear projection.`,
  );
}

function notFinite(step: number): CoopError {
  return new CoopError('method.leftOut', `its loss is no finite number any more in step ${step}.`);
}
