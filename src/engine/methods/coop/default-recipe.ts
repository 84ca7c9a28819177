import type { PromptSpec, SpecChoice } from '../../../shared/contracts/method-spec';
import { epochsForShots, PAPER_SEEDS, PAPER_VALUES } from '../../../shared/contracts/paper-protocol';

/** λ of KgCoOp's authors (configs/trainers/KgCoOp; paper, section 4.3). */
export const LAMBDA = 8;

/**
 * The paper's hyper-parameters with some replaced. `paper` has its three seeds and its views, too; the other recipes
 * learn one seed from images that are encoded once.
 */
export function defaultRecipe({ method = 'coop', lambda, ...replaced }: SpecChoice = {}): PromptSpec {
  const shots = replaced.shots ?? 16;
  const spec = {
    name: 'cached' as const,
    shots,
    seeds: replaced.name === 'paper' ? PAPER_SEEDS : [1],
    epochs: epochsForShots(shots),
    ...PAPER_VALUES,
    ...replaced,
  };
  return method === 'kgcoop' ? { method, ...spec, lambda: lambda ?? LAMBDA } : { method, ...spec };
}
