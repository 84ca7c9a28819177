import type { Part } from './split';

/** Words that say on which side of a split images are. */
const PARTS: ReadonlyMap<string, Part> = new Map([
  ['train', 'pool'],
  ['training', 'pool'],
  ['trn', 'pool'],
  ['trainval', 'pool'],
  ['val', 'dev'],
  ['valid', 'dev'],
  ['validation', 'dev'],
  ['dev', 'dev'],
  ['development', 'dev'],
  ['test', 'test'],
  ['testing', 'test'],
  ['tst', 'test'],
  ['eval', 'test'],
  ['evaluation', 'test'],
]);

/** Words that people put around those: `training_set`, `seg_train`, `test-images`, `valset`, `train2017`. */
const AROUND =
  /^(?:set|sets|split|part|subset|data|dataset|images?|imgs?|img|pics?|pictures|photos|seg|folder|\d+)$/;

/**
 * The side that the name of a folder, or a value of a list's split column, stands for; undefined for any other name.
 * Nothing but one such word may be in it, so that “test tube” and “train station” stay classes.
 */
export function partOfName(name: string): Part | undefined {
  const words = name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .replace(/(\p{L})(\d)/gu, '$1 $2')
    .split(/[\s_.-]+/)
    .map(word => withoutSet(word))
    .filter(word => word !== '' && !AROUND.test(word));
  return words.length === 1 ? PARTS.get(words[0]!) : undefined;
}

function withoutSet(word: string): string {
  const first = /^(.+)(?:sets?|data)$/.exec(word)?.[1];
  return first !== undefined && PARTS.has(first) ? first : word;
}
