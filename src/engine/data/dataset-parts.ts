import { createHash } from 'node:crypto';
import path from 'node:path';
import { CoopError } from '../../shared/errors';
import type { SplitDirective } from '../../shared/template/syntax';
import type { ClassList } from '../prompt/class-list';
import { readCoopSplit } from './coop-split';
import type { HashedImage } from './hash-order';
import type { Scan } from './scan-folder';
import { type Part, seedSalt, splitByFolders, splitByHash } from './split';

/**
 * The side of every scanned image; undefined for one that is left out.
 * @throws CoopError `split.invalid`
 */
export async function datasetParts(
  scan: Scan,
  split: SplitDirective,
  documentFolder: string,
): Promise<(Part | undefined)[]> {
  const { images } = scan;
  switch (split.kind) {
    case 'coop':
      return coopParts(scan, path.resolve(documentFolder, split.file));
    case 'fractions':
      return splitByHash(images, split, seedSalt(split.seed));
    case 'folders':
      if (scan.layout !== 'split-folders') {
        throw new CoopError('split.invalid', `${scan.folder} has no train, val and test folders.`, {
          subject: scan.folder,
          next: 'Write “@split shots 16 seed 1” to split by content.',
        });
      }
      return givenParts(scan);
    case 'shots':
      return scan.layout === 'split-folders' ? givenParts(scan) : splitByHash(images);
  }
}

function givenParts({ images }: Scan): (Part | undefined)[] {
  return splitByFolders(images.map(({ label, hash, part }) => ({ label, hash, given: part! })));
}

async function coopParts(scan: Scan, file: string): Promise<(Part | undefined)[]> {
  const { entries } = await readCoopSplit(file);
  const parts = new Map(entries.map(entry => [entry.path, entry.part]));
  const sides = scan.images.map(image => parts.get(image.path));
  if (sides.every(side => side === undefined)) {
    throw new CoopError('split.invalid', `${file} names no image of ${scan.folder}.`, {
      subject: file,
      next: 'Its paths must start at the folder after @images.',
    });
  }
  return sides;
}

/** sha256 over (class name, file hash) of every image, in their order. */
export function datasetHash(images: readonly HashedImage[], classNames: readonly string[]): string {
  const hash = createHash('sha256');
  for (const image of images) hash.update(`${classNames[image.label]}\0${image.hash}\n`);
  return hash.digest('hex');
}

/** sha256 over class names and columns. */
export function classesHash({ names, columns }: ClassList): string {
  return createHash('sha256')
    .update(JSON.stringify([names, [...columns]]))
    .digest('hex');
}

/**
 * The images in an order whose beginning is stratified: round after round one image of every class, each class by
 * content hash. The first n are a fair sample of all.
 */
export function stratifiedFirst<T extends HashedImage>(images: readonly T[]): T[] {
  const rank = new Map<number, number>();
  return [...images]
    .sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0))
    .map(image => {
      const round = rank.get(image.label) ?? 0;
      rank.set(image.label, round + 1);
      return { image, round };
    })
    .sort((a, b) => a.round - b.round || a.image.label - b.image.label)
    .map(({ image }) => image);
}
