import { COMMON_WORDS, type WordsChoice, type WordsSpec } from '../../../shared/contracts/method-spec';

/** The authors' values (preprocess/get_greedy_word_soup.py: k0, k1, patience, n_descriptors; their list has 10,000 words). */
const AUTHORS = { words: COMMON_WORDS, first: 250, pool: 1000, tries: 250, chains: 8 };

/** The spec of a line with real words to learn, with some values replaced; those of other methods do not count. */
export function wordsSpec({ shots = 16, seeds = [1], list = 'common', ...choice }: WordsChoice): WordsSpec {
  const { words, first, pool, tries, chains } = { ...AUTHORS, ...choice };
  return { method: 'words', shots, seeds, list, words, first, pool, tries, chains };
}
