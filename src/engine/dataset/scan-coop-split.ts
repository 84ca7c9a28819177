import path from 'node:path';
import { CoopError } from '../../shared/errors';
import { assembleScan, firstProblem } from './assemble-scan';
import { readCoopSplit } from './coop-split';
import type { Scan, ScanOptions } from './scan';

/**
 * Scans the images that a split file of CoOp names, in its order and with its labels, names and parts; so a published
 * few-shot draw is met on folders of any layout, also where the folder itself names no classes (Pets, Flowers, Cars).
 * @param folder the folder its paths start at
 * @throws CoopError `split.invalid`, `classes.invalid`, `file.access`, `file.limit`; the signal's reason
 */
export async function scanCoopSplit(file: string, folder: string, options: ScanOptions = {}): Promise<Scan> {
  const root = path.resolve(folder);
  const { classNames, entries } = await readCoopSplit(file);
  // Two labels may share a name; the number keeps their folders apart.
  const classes = classNames.map((name, label) => ({
    name,
    folder: classNames.indexOf(name) === label ? name : `${name} ${label}`,
  }));
  const candidates = entries.map(({ path: image, label, part }) => ({
    path: image,
    folder: classes[label]!.folder,
    part,
  }));
  const scan = await assembleScan({ root, layout: 'manifest', candidates, problems: [], classes }, options);
  if (scan.images.length > 0) return scan;
  throw new CoopError('split.invalid', `${file} names no image of ${root}${firstProblem(scan.problems)}.`, {
    subject: file,
    next: 'Its paths must start at the folder after @images.',
  });
}
