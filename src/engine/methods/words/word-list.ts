import path from 'node:path';
import { readTextFile } from '../../../files/disk/read-text-file';
import type { WordsSpec } from '../../../shared/contracts/method-spec';
import { CoopError } from '../../../shared/errors';
import type { WordsSlot } from '../../../shared/template/fill-words';
import { publishedPhrases } from '../../../shared/template/published-phrases';
import type { Template } from '../../../shared/template/syntax';
import { mediaFolder } from '../../media-folder';

const MAX_LIST_BYTES = 2 ** 20;

/**
 * The 10,000 words that chains are made of, most common first (media/words).
 * @throws CoopError `file.access` when the list is missing
 */
export async function commonWords(): Promise<readonly string[]> {
  const folder = mediaFolder('words');
  if (folder === null)
    throw new CoopError('file.access', 'The list of words is not in this package.', {
      next: 'Install CoOp again.',
    });
  const text = await readTextFile(path.join(folder, 'common.txt'), 'file.corrupt', MAX_LIST_BYTES);
  return text.split('\n').filter(word => word !== '');
}

/**
 * What may stand in a template's slot: words that chains are built from, or whole phrases of at most as many words as the
 * slot has.
 * @throws as `commonWords`; CoopError `template.syntax` where no phrase fits
 */
export async function candidatesOf(
  { list, words }: Pick<WordsSpec, 'list' | 'words'>,
  template: Template,
  slot: WordsSlot,
): Promise<readonly string[]> {
  if (list === 'common') return (await commonWords()).slice(0, words);
  const before =
    template.segments.indexOf(slot) < template.segments.findIndex(({ kind }) => kind === 'class');
  const phrases = publishedPhrases(before ? 'before' : 'after').filter(
    phrase => phrase.split(' ').length <= slot.length,
  );
  if (phrases.length > 0) return phrases.slice(0, words);
  throw new CoopError('template.syntax', `No published phrase has at most ${slot.length} words.`, {
    subject: template.line,
    next: 'Write a longer slot, such as [words:6], or learn from the common words.',
  });
}
