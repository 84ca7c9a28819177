import type { SpecChoice } from '../../shared/contracts/method-spec';
import { CoopError } from '../../shared/errors';
import { wordsSlotOf } from '../../shared/template/fill-words';
import { parseTemplate } from '../../shared/template/parse-template';

/** Of either kind of line. */
const COMMON: readonly string[] = ['shots', 'seeds'];
const OF_WORDS: readonly string[] = ['list', 'words'];

/**
 * Values that a line does not learn with are refused, not passed over in silence.
 * @throws CoopError `usage`
 */
export function checkWordsOptions(line: string, choice: SpecChoice): void {
  const { template } = parseTemplate(line);
  if (template === null) return;
  const given = Object.keys(choice).filter(name => !COMMON.includes(name));
  if (wordsSlotOf(template) === undefined) {
    if (given.some(name => OF_WORDS.includes(name)))
      throw new CoopError('usage', '--list and --words belong to a line with words to learn.', {
        next: 'Learn a line such as “[words:4] {}.”.',
      });
    return;
  }
  if (given.some(name => !OF_WORDS.includes(name)))
    throw new CoopError(
      'usage',
      'Words are not learned in epochs: recipe, method and rates are of vectors.',
      {
        subject: line,
        next: 'Give --shots, --seeds, --list and --words alone, or learn “[V:16] {}.”.',
      },
    );
}
