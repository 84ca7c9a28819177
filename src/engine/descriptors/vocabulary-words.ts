import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readBoundedFile } from '../../files/disk/read-bounded-file';
import { CoopError } from '../../shared/errors';
import { mediaFolder } from '../media-folder';
import { once } from '../once';

const FILE = 'bpe_simple_vocab_16e6.txt.gz';
const MAX_BYTES = 2 ** 24;
const WORD_END = '</w>';
/** The commonest: merges stand in the order of how often they were met. */
const MOST = 10_000;

/**
 * Common words: those that are one token of CLIP's own vocabulary, the commonest first.
 * @throws CoopError `file.access` in a package without it
 */
export const vocabularyWords = once(async (): Promise<readonly string[]> => {
  const folder = mediaFolder('vocabulary');
  if (folder === null)
    throw new CoopError('file.access', 'CLIP’s vocabulary is not in this package.', {
      next: 'Install it again.',
    });
  const bytes = await readBoundedFile(path.join(folder, FILE), MAX_BYTES);
  const merges = gunzipSync(bytes, { maxOutputLength: MAX_BYTES }).toString('utf8').split('\n').slice(1);
  return merges
    .filter(merge => merge.endsWith(WORD_END))
    .map(merge => merge.slice(0, -WORD_END.length).replace(' ', ''))
    .filter(word => /^[a-z]{3,}$/.test(word))
    .slice(0, MOST);
});
