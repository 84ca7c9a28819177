import { FAST_LEARNING_RATE, fastSteps } from '../../../shared/contracts/fast-recipe';
import type { PromptChoice, PromptSpec } from '../../../shared/contracts/method-spec';
import { epochsForShots, PAPER_SEEDS, PAPER_VALUES } from '../../../shared/contracts/paper-protocol';
import { DEFAULT_VIEWS } from '../../../shared/contracts/recipes';
import { stepsPerEpoch } from './trainer';

/** λ of KgCoOp's authors (configs/trainers/KgCoOp; paper, section 4.3). */
export const LAMBDA = 8;

/** `fast` takes all images at once, with SOAP; what is zero does not enter it. */
const FAST_VALUES = {
  batch: 0,
  learningRate: FAST_LEARNING_RATE,
  momentum: 0,
  weightDecay: 0,
  warmupEpochs: 0,
  warmupLearningRate: 0,
};

/**
 * A recipe's hyper-parameters with some replaced: `fast`, unless another method or recipe is asked for. `paper` has its
 * three seeds and its views, too; the other recipes learn one seed from images that are encoded once. `fast` has the fewest
 * steps: how many its images want, `stepsForImages` says.
 */
export function defaultRecipe({ method = 'coop', lambda, ...replaced }: PromptChoice = {}): PromptSpec {
  const shots = replaced.shots ?? 16;
  const name = replaced.name ?? (method === 'coop' ? 'fast' : 'cached');
  const spec = {
    name,
    shots,
    seeds: name === 'paper' ? PAPER_SEEDS : [1],
    epochs: name === 'fast' ? fastSteps(0) : epochsForShots(shots),
    ...(name === 'fast' ? FAST_VALUES : PAPER_VALUES),
    ...(name === 'views' ? { views: DEFAULT_VIEWS } : {}),
    ...replaced,
  };
  return method === 'kgcoop' ? { method, ...spec, lambda: lambda ?? LAMBDA } : { method, ...spec };
}

/** Steps of `fast` on so many images a seed. */
export function stepsForImages(shots: number, images: number): number {
  return fastSteps(epochsForShots(shots) * stepsPerEpoch(images, PAPER_VALUES.batch));
}
