import { readTextFile } from '../../files/disk/read-text-file';
import type { ScannedClass } from '../../shared/contracts/scan';
import { CoopError } from '../../shared/errors';

/**
 * The labels that a part of the classes has, ascending. `base` and `new` are the halves of the base-to-new experiments:
 * the first ceil(n / 2) labels, and the others (CoOp, datasets/oxford_pets.py, subsample_classes).
 * @param subset `base`, `new`, or the absolute path of a text file with a class folder or name a line
 * @throws CoopError `classes.invalid` for a line that is no class, `classes.none` when fewer than two are left; `file.*`
 */
export async function labelsOfSubset(classes: readonly ScannedClass[], subset: string): Promise<number[]> {
  const labels = [...classes.keys()];
  const half = Math.ceil(classes.length / 2);
  const chosen =
    subset === 'base'
      ? labels.slice(0, half)
      : subset === 'new'
        ? labels.slice(half)
        : await listed(classes, subset);
  if (chosen.length > 1) return chosen;
  throw new CoopError(
    'classes.none',
    `“@classes subset” leaves ${chosen.length} of ${classes.length} classes.`,
    {
      next: 'A subset has two classes at least.',
    },
  );
}

async function listed(classes: readonly ScannedClass[], file: string): Promise<number[]> {
  const text = await readTextFile(file, 'classes.invalid');
  const chosen = new Set<number>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const wanted = line.trim().normalize('NFC');
    if (wanted === '' || wanted.startsWith('#')) continue;
    const is = (text: string) => text.normalize('NFC') === wanted;
    const label = classes.findIndex(({ folder, name }) => is(folder) || is(name));
    if (label === -1)
      throw new CoopError('classes.invalid', `${file}, line ${at + 1}: there is no class “${wanted}”.`, {
        subject: file,
        next: 'Write a class’s folder or name on each line.',
      });
    chosen.add(label);
  }
  return [...chosen].sort((a, b) => a - b);
}
