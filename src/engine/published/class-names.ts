import { systemCode } from '../../files/disk/file-error';
import { readTextFile } from '../../files/disk/read-text-file';
import { CoopError } from '../../shared/errors';
import { IMAGENET_NAMES } from '../dataset/imagenet-names';

/**
 * The names of `classnames.txt`, one “id name” a line, in the order of the labels; CLIP's own where there is no such file.
 * @throws CoopError `classes.invalid` for a line without a name; `file.access`, `file.limit`
 */
export async function readClassNames(file: string): Promise<ReadonlyMap<string, string>> {
  let text: string;
  try {
    text = await readTextFile(file, 'classes.invalid');
  } catch (thrown) {
    if (thrown instanceof CoopError && systemCode(thrown.cause) === 'ENOENT') return IMAGENET_NAMES;
    throw thrown;
  }
  const names = new Map<string, string>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const [id = '', ...words] = line.trim().split(' ');
    if (id === '') continue;
    if (words.length === 0)
      throw new CoopError('classes.invalid', `${file}, line ${at + 1}, gives “${id}” no name.`, {
        subject: file,
        next: 'A line is an id, a blank and the name: “n01440764 tench”.',
      });
    names.set(id, words.join(' '));
  }
  return names;
}
