import type { RunSpec } from './method-spec';

/** How often curves have a point: epochs, of a word soup its chains. */
export function roundsOf(spec: RunSpec): number {
  return spec.method === 'words' ? spec.chains : spec.epochs;
}
