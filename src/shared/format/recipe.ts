import type { RunSpec } from '../contracts/method-spec';
import { counted } from './count';

/** What a table calls the way a run learned. */
export function recipeName(spec: RunSpec): string {
  if (spec.method === 'words') return spec.list === 'phrases' ? 'phrases' : 'words';
  const name = spec.views === undefined ? spec.name : `${spec.name} (${spec.views})`;
  return spec.method === 'kgcoop' ? `${name}, KgCoOp λ = ${spec.lambda}` : name;
}

/** As part of a line about a run: "fast, 16 shots, 65 epochs". */
export function recipeInWords(spec: RunSpec): string {
  const rounds = spec.method === 'words' ? counted(spec.chains, 'chain') : counted(spec.epochs, 'epoch');
  return `${recipeName(spec)}, ${counted(spec.shots, 'shot')}, ${rounds}`;
}

/** The epochs that a context's recipe names, as `recipeInWords` does, or “…, epoch 50” of a checkpoint; none where it names none. */
export function epochsInWords(recipe: string): number | undefined {
  const named = /(?:^|[\s(])(\d[\d,]{0,8}) epochs?\b|\bepoch (\d{1,6})\b/.exec(recipe);
  const digits = named?.[1] ?? named?.[2];
  return digits === undefined ? undefined : Number(digits.replaceAll(',', ''));
}
