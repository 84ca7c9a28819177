import type { PromptSpec } from '../../../shared/contracts/method-spec';

/**
 * Learning rate of a 0-based epoch: constant during warm-up, then a cosine over all epochs that counts from the first
 * warm-up epoch's end, so that it does not reach zero (Dassl, optim/lr_scheduler.py: ConstantWarmupScheduler with a
 * CosineAnnealingLR successor).
 */
export function learningRateOf(
  epoch: number,
  recipe: Pick<PromptSpec, 'epochs' | 'learningRate' | 'warmupEpochs' | 'warmupLearningRate'>,
): number {
  const { epochs, learningRate, warmupEpochs, warmupLearningRate } = recipe;
  if (epoch < warmupEpochs) return warmupLearningRate;
  return (learningRate / 2) * (1 + Math.cos((Math.PI * (epoch - warmupEpochs)) / epochs));
}
