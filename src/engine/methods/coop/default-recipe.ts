import type { PromptSpec, SpecChoice } from '../../../shared/contracts/method-spec';

/** Epochs of the paper's runs: 200 for 16 and 8 shots, 100 for 4 and 2, 50 for 1 (CoOp, scripts/coop/main.sh). */
export function epochsForShots(shots: number): number {
  if (shots >= 8) return 200;
  return shots >= 2 ? 100 : 50;
}

/** λ of KgCoOp's authors (configs/trainers/KgCoOp; paper, section 4.3). */
export const LAMBDA = 8;

/** The paper's hyper-parameters (CoOp, configs/trainers/CoOp; weight decay is Dassl's default) with some replaced. */
export function defaultRecipe({ method = 'coop', lambda, ...replaced }: SpecChoice = {}): PromptSpec {
  const shots = replaced.shots ?? 16;
  const spec = {
    name: 'cached' as const,
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
  return method === 'kgcoop' ? { method, ...spec, lambda: lambda ?? LAMBDA } : { method, ...spec };
}
