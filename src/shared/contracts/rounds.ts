import { fastEvaluations } from './fast-recipe';
import type { RunSpec } from './method-spec';

/** How often curves have a point: epochs, of the recipe `fast` evaluations of the text tower, of a word soup its chains. */
export function roundsOf(spec: RunSpec): number {
  if (spec.method === 'words') return spec.chains;
  return spec.name === 'fast' ? fastEvaluations(spec.epochs) : spec.epochs;
}
