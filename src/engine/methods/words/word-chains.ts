import { pythonRandom } from '../../random/mersenne-twister';
import { type Fit, isBetter } from './score-words';

/** What a search for chains is bounded by; the names and defaults are those of `WordsSpec`. */
export interface ChainLimits {
  /** Words of a chain. */
  readonly length: number;
  readonly first: number;
  readonly pool: number;
  readonly tries: number;
}

/** Fits of what may stand in the slot, in the same order. */
export type ScoreWords = (candidates: readonly string[]) => Promise<readonly Fit[]>;

/** Words from the best to the worst; of equals the one listed first. */
export function ranked(words: readonly string[], fits: readonly Fit[]): string[] {
  const order = [...words.keys()].sort((a, b) => {
    if (isBetter(fits[a]!, fits[b]!)) return -1;
    return isBetter(fits[b]!, fits[a]!) ? 1 : a - b;
  });
  return order.map(at => words[at]!);
}

/**
 * One chain of a word soup (Liao, Tsiligkaridis and Kulis, Descriptor and Word Soups, CVPR 2024, algorithm 2; reference:
 * preprocess/get_greedy_word_soup.py): a random first word of the best ones, then random words of the good ones in turn,
 * each appended where that fits the training images strictly better.
 * @param best words from the best to the worst, each scored alone
 * @param atOnce how many next words are scored together; the chain does not depend on it
 * @returns the chain's beginnings of one word, of two, and so on
 */
export async function wordChain(
  best: readonly string[],
  seed: bigint,
  { length, first, pool, tries }: ChainLimits,
  score: ScoreWords,
  atOnce: number,
): Promise<string[]> {
  const random = pythonRandom(seed);
  const turns = random.shuffle(best.slice(0, pool)).slice(0, tries);
  let chain = best[random.below(Math.min(first, best.length))]!;
  let [fit] = await score([chain]);
  const beginnings = [chain];
  let at = 0;
  while (beginnings.length < length && at < turns.length) {
    const longer = turns.slice(at, at + atOnce).map(word => `${chain} ${word}`);
    const fits = await score(longer);
    const better = fits.findIndex(each => isBetter(each, fit!));
    if (better === -1) {
      at += longer.length;
      continue;
    }
    at += better + 1;
    chain = longer[better]!;
    fit = fits[better]!;
    beginnings.push(chain);
  }
  return beginnings;
}
