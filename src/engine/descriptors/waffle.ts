import { roundHalfEven } from '../images/round-half-even';
import { type PythonRandom, pythonRandom } from '../random/mersenne-twister';

export interface WaffleMaterial {
  /** Class names as they stand in prompts. */
  readonly names: readonly string[];
  /** The descriptors that random ones stand in for, by label. */
  readonly descriptors: readonly (readonly string[])[];
  /** Words to draw from. */
  readonly words: readonly string[];
  readonly seed: number;
}

/**
 * WaffleCLIP's control (Roth et al., Waffling around for Performance, ICCV 2023; WaffleCLIP, waffle_tools.py, mode `waffle`):
 * in turn some random words and some random letters, the same for all classes, as long as class names are on average. A class
 * gets as many as it has descriptors, where the authors take fifteen pairs, so that nothing but the words differs. Letters are
 * those of the descriptors; random numbers are our own.
 */
export function waffleDescriptors({ names, descriptors, words, seed }: WaffleMaterial): string[][] {
  const random = pythonRandom(seed);
  const lengths = lengthsOf(names);
  const cut = words.map(word => word.slice(0, lengths.letters));
  const characters = [
    ...new Set(
      descriptors
        .flat()
        .join('')
        .replace(/[\s,.]/gu, ''),
    ),
  ].sort();
  const most = descriptors.reduce((longest, { length }) => Math.max(longest, length), 0);
  const shared = Array.from({ length: most }, (_, at) =>
    at % 2 === 0
      ? drawn(cut, lengths.words, random).join(' ')
      : Array.from({ length: lengths.groups }, () => drawn(characters, lengths.group, random).join('')).join(
          ', ',
        ),
  );
  return descriptors.map(({ length }) => shared.slice(0, length));
}

/** Means over class names, rounded as NumPy does. */
function lengthsOf(names: readonly string[]) {
  const split = names.map(name => name.split(' ').map(word => word.length));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const groups = roundHalfEven(mean(split.map(words => words.length - 1))) + 1;
  const longest = Math.ceil(mean(split.map(words => Math.max(...words))));
  return {
    words: Math.max(1, roundHalfEven(mean(split.map(words => words.length)))),
    letters: roundHalfEven(mean(split.map(mean))),
    groups,
    group: (longest + groups - (longest % groups)) / groups,
  };
}

function drawn<T>(from: readonly T[], count: number, random: PythonRandom): T[] {
  return Array.from({ length: count }, () => from[random.below(from.length)]!);
}
