import type { WordsSpec } from '../../../shared/contracts/method-spec';
import { counted } from '../../../shared/format/count';
import { filledTemplate, wordsSlotOf } from '../../../shared/template/fill-words';
import { pythonRandom } from '../../random/mersenne-twister';
import type { Learned, Method } from '../parts/method';
import { linesOfTensor } from './text-tensors';
import { candidatesOf } from './word-list';
import { WordsLearner } from './words-learner';
import { wordsPlan } from './words-plan';

/** Its first line is the one that is best on dev images. */
const foundWords = ({ tensors }: Learned) => linesOfTensor(tensors.get('words'));

/**
 * Real words in the place of `[words:N]` (Liao, Tsiligkaridis and Kulis, Descriptor and Word Soups, CVPR 2024): what is
 * learned is a plain template that any tool reads.
 */
export const words: Method<WordsSpec> = {
  id: 'words',
  title: 'Word soup',
  plan: wordsPlan,
  begin: async (task, assignment, io) => new WordsLearner(task, assignment, io),
  open: async (learned, task, { template }) => {
    const filled = filledTemplate(template, foundWords(learned)[0]!);
    const texts = await task.encodeRows(await task.rows(filled));
    return { answer: images => task.answer(images, texts) };
  },
  plain: {
    found: (learned, { template }) => foundWords(learned).map(each => filledTemplate(template, each)),
    random: async (count, learned, { spec, template }) => {
      const all = await candidatesOf(spec, template, wordsSlotOf(template)!);
      const length = spec.list === 'phrases' ? 1 : foundWords(learned)[0]!.split(' ').length;
      const draws = pythonRandom(RANDOM_SEED);
      return Array.from({ length: count }, () =>
        filledTemplate(template, draws.sample(all, Math.min(length, all.length)).join(' ')),
      );
    },
  },
  note: (learned, _task, { spec }) => {
    const tried = learned.reduce((sum, { figures }) => sum + (figures['candidates'] ?? 0), 0);
    return `Word soup from ${counted(spec.shots, 'image')} per class, ${counted(tried, 'candidate')}.`;
  },
};

/** The same lines in every report of the same length. */
const RANDOM_SEED = 1;
