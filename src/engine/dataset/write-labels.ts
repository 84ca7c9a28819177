import { existsSync } from 'node:fs';
import path from 'node:path';
import { CoopError } from '../../shared/errors';
import { csvText } from './csv-text';
import type { Scan } from './scan';
import { alreadyThere, writeNewFile } from './write-new-file';

/** What a model takes an image for. */
export interface Guess {
  readonly name: string;
  readonly probability: number;
}

/**
 * Whether `writeLabels` can write this file, as far as can be known before.
 * @throws CoopError `usage`, `file.access`
 */
export function checkNewList({ folder }: Pick<Scan, 'folder'>, file: string): void {
  pathBelow(folder, file);
  if (existsSync(file)) throw alreadyThere(file);
}

/**
 * Writes a list of all images of a scan, “file,label”, for a person to fill in and put after `@images`; labels that are
 * known stand in it. With guesses it is “file,label,probability” of the images that have one. A file that is there is never replaced.
 * @throws CoopError `usage` where images lie outside of the file's folder; `file.access`, also for a file that is there; `disk.full`
 */
export async function writeLabels(
  { folder, images, classes }: Scan,
  file: string,
  guesses: ReadonlyMap<string, Guess> | null = null,
): Promise<number> {
  const below = pathBelow(folder, file);
  const rows = images.flatMap(({ path: image, label }) => {
    const place = path.posix.join(below.replaceAll('\\', '/'), image);
    if (guesses === null) return [[place, classes[label]?.folder ?? '']];
    const guess = guesses.get(image);
    return guess === undefined ? [] : [[place, guess.name, guess.probability.toFixed(4)]];
  });
  const head = guesses === null ? ['file', 'label'] : ['file', 'label', 'probability'];
  await writeNewFile(file, csvText([head, ...rows]));
  return rows.length;
}

/** From the list's folder to that of the images. */
function pathBelow(folder: string, file: string): string {
  const below = path.relative(path.dirname(path.resolve(file)), folder);
  if (below.startsWith('..') || path.isAbsolute(below))
    throw new CoopError('usage', `${file} would lie beside its images, whose paths start at its folder.`, {
      subject: file,
      next: `Put it into ${folder}, or a folder above.`,
    });
  return below;
}
