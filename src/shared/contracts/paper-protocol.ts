/** Seeds of the paper's runs. */
export const PAPER_SEEDS: readonly number[] = [1, 2, 3];

/** Values of every run of the paper (CoOp, configs/trainers/CoOp; momentum and weight decay are Dassl's defaults). */
export const PAPER_VALUES = {
  batch: 32,
  learningRate: 0.002,
  momentum: 0.9,
  weightDecay: 5e-4,
  warmupEpochs: 1,
  warmupLearningRate: 1e-5,
} as const;

/** Epochs of the paper's runs: 200 for 16 and 8 shots, 100 for 4 and 2, 50 for 1 (CoOp, scripts/coop/main.sh). */
export function epochsForShots(shots: number): number {
  if (shots >= 8) return 200;
  return shots >= 2 ? 100 : 50;
}

/** Epochs of the paper's runs on ImageNet, whatever the shots (CoOp, configs/trainers/CoOp/*_ep50.yaml). */
export const IMAGENET_EPOCHS = 50;
export const IMAGENET_CLASSES = 1000;
