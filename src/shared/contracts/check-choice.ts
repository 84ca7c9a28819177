import { CoopError } from '../errors';
import type { SpecChoice } from './method-spec';

/** What is SGD's alone. */
const RATES = [
  'batch',
  'learningRate',
  'momentum',
  'weightDecay',
  'warmupEpochs',
  'warmupLearningRate',
] as const satisfies readonly (keyof SpecChoice)[];

/**
 * Values that a run would not learn with are refused, not passed over in silence.
 * @throws CoopError `usage`
 */
export function checkChoice(choice: SpecChoice): void {
  const { method = 'coop', name = method === 'kgcoop' ? 'cached' : 'fast', lambda, views } = choice;
  if (lambda !== undefined && method !== 'kgcoop')
    throw refused('λ belongs to the method kgcoop.', 'Choose that method (--method kgcoop), or leave λ out.');
  if (views === 0 && name === 'views')
    throw refused('The recipe views needs a view.', 'Use the recipe cached (--recipe cached) instead.');
  if (views !== undefined && name !== 'views' && name !== 'fast')
    throw refused(
      'Views belong to the recipes views and fast.',
      'Choose one of them (--recipe views), or leave views out.',
    );
  if (name === 'fast' && method === 'kgcoop')
    throw refused(
      'KgCoOp has no recipe “fast”, which holds to the baseline by itself.',
      'Use the recipe cached (--recipe cached), views or paper.',
    );
  if (name === 'fast' && RATES.some(key => choice[key] !== undefined))
    throw refused(
      'Batch, rates, momentum, decay and warm-up are not the recipe fast’s.',
      'Choose the recipe cached (--recipe cached), views or paper.',
    );
  checkSeeds(choice.seeds);
}

/** @throws CoopError `usage` */
export function checkSeeds(seeds: readonly number[] = []): void {
  const twice = seedTwice(seeds);
  if (twice !== undefined) throw refused(`The seed ${twice} stands twice.`, 'Give each seed once.');
}

/** A seed that would count as two results; undefined where all differ. */
export function seedTwice(seeds: readonly number[]): number | undefined {
  return seeds.find((seed, at) => seeds.indexOf(seed) !== at);
}

function refused(message: string, next: string): CoopError {
  return new CoopError('usage', message, { next });
}
