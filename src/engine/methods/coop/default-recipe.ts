import type { Recipe } from '../../../shared/contracts/run';

/** Epochs of the paper's runs: 200 for 16 and 8 shots, 100 for 4 and 2, 50 for 1 (CoOp, scripts/coop/main.sh). */
export function epochsForShots(shots: number): number {
  if (shots >= 8) return 200;
  return shots >= 2 ? 100 : 50;
}

/** The paper's hyper-parameters (CoOp, configs/trainers/CoOp; weight decay is Dassl's default) with some replaced. */
export function defaultRecipe(replaced: Partial<Recipe> = {}): Recipe {
  const shots = replaced.shots ?? 16;
  return {
    name: 'cached',
    shots,
    seeds: [1],
    epochs: epochsForShots(shots),
    batch: 32,
    learningRate: 0.002,
    momentum: 0.9,
    weightDecay: 5e-4,
    warmupEpochs: 1,
    warmupLearningRate: 1e-5,
    ...replaced,
  };
}
