import path from 'node:path';
import { readTextFile } from '../../files/disk/read-text-file';
import { CoopError } from '../../shared/errors';
import type { CoopSplit, CoopSplitEntry } from '../dataset/coop-split';
import type { Part } from '../dataset/split';

const LISTS: readonly (readonly [list: string, part: Part])[] = [
  ['train', 'pool'],
  ['val', 'dev'],
  ['test', 'test'],
];

/** The file that says which classes there are. */
export const VARIANTS = 'variants.txt';

/**
 * FGVC-Aircraft's own parts, as CoOp reads them (datasets/fgvc_aircraft.py): classes in the order of `variants.txt`, and of
 * each list “1025794 707-320” the image `1025794.jpg`.
 * @throws CoopError `split.invalid` for a line whose class `variants.txt` does not have; `file.access`, `file.limit`
 */
export async function readAircraft(folder: string): Promise<CoopSplit> {
  const classNames = await linesOf(path.join(folder, VARIANTS));
  const labels = new Map(classNames.map((name, label) => [name, label]));
  const entries: CoopSplitEntry[] = [];
  for (const [list, part] of LISTS) {
    const file = path.join(folder, `images_variant_${list}.txt`);
    for (const line of await linesOf(file)) {
      const [image = '', ...words] = line.split(' ');
      const label = labels.get(words.join(' '));
      if (label === undefined || !/^[\w-]+$/.test(image))
        throw new CoopError('split.invalid', `${file}: “${line}” is no image with a class of ${VARIANTS}.`, {
          subject: file,
          next: 'Take the lists and variants.txt from the same archive.',
        });
      entries.push({ path: `${image}.jpg`, label, part });
    }
  }
  return { classNames, entries };
}

async function linesOf(file: string): Promise<string[]> {
  const text = await readTextFile(file, 'split.invalid');
  return text.split(/\r?\n/).flatMap(line => (line.trim() === '' ? [] : [line.trim()]));
}
