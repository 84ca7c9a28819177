import { createHash } from 'node:crypto';
import path from 'node:path';
import { CoopError } from '../../shared/errors';
import type { SplitDirective } from '../../shared/template/syntax';
import type { ClassList } from '../prompt/class-list';
import { readCoopSplit } from './coop-split';
import type { HashedImage } from './hash-order';
import type { Scan, ScannedImage } from './scan';
import { type Part, seedSalt, splitByFolders, splitByHash } from './split';

/**
 * The side of every scanned image; undefined for one that is left out. Parts that folders or a list give are respected
 * unless fractions are asked for.
 * @throws CoopError `split.invalid`; `file.access`, `file.limit` for a split file
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
    case 'folders': {
      const given = givenParts(images);
      if (given !== undefined) return splitByFolders(given);
      const list = scan.layout === 'manifest';
      throw new CoopError(
        'split.invalid',
        list
          ? 'The list of images has no split column.'
          : `${scan.folder} has no train, val and test folders.`,
        { subject: scan.folder, next: 'Write “@split shots 16 seed 1” to split by content.' },
      );
    }
    case 'shots': {
      const given = givenParts(images);
      return given === undefined ? splitByHash(images) : splitByFolders(given);
    }
  }
}

function givenParts(images: readonly ScannedImage[]): (HashedImage & { readonly given: Part })[] | undefined {
  const given = images.flatMap(({ label, hash, part }) =>
    part === undefined ? [] : [{ label, hash, given: part }],
  );
  return given.length === images.length ? given : undefined;
}

/** The file's own parts, copies in two of them included: it is a published protocol. */
async function coopParts(scan: Scan, file: string): Promise<(Part | undefined)[]> {
  const { entries, classNames } = await readCoopSplit(file);
  const byPath = new Map(entries.map(entry => [entry.path, entry]));
  const scannedLabel = new Map<number, number>();
  const parts = scan.images.map(image => {
    const entry = byPath.get(image.path);
    if (entry === undefined) return undefined;
    const known = scannedLabel.get(entry.label) ?? image.label;
    if (known !== image.label) {
      const folders = [known, image.label].map(label => `“${scan.classes[label]?.folder ?? 'none'}”`);
      throw new CoopError(
        'split.invalid',
        `${file} has images of the folders ${folders.join(' and ')} in one class, “${classNames[entry.label]}” (${image.path}).`,
        { subject: file, next: 'Use a split file made for this folder, or split by content.' },
      );
    }
    scannedLabel.set(entry.label, image.label);
    return entry.part;
  });
  if (parts.some(part => part !== undefined)) return parts;
  throw new CoopError('split.invalid', `${file} names no image of ${scan.folder}.`, {
    subject: file,
    next: 'Its paths must start at the folder after @images.',
  });
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
 * The images in an order whose every beginning is stratified: each class is spread over the whole in proportion to its
 * size, its images by content hash, so the first n have each class's share of n, give or take an image. Names, places and
 * input order do not matter.
 * @param n how many of that order; all by default
 */
export function stratifiedFirst<T extends HashedImage>(images: readonly T[], n = images.length): T[] {
  const sizes = new Map<number, number>();
  for (const { label } of images) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const ranks = new Map<number, number>();
  return [...images]
    .sort(byHash)
    .map(image => {
      const rank = ranks.get(image.label) ?? 0;
      ranks.set(image.label, rank + 1);
      return { image, place: (rank + 0.5) / sizes.get(image.label)! };
    })
    .sort((a, b) => a.place - b.place || byHash(a.image, b.image))
    .slice(0, n)
    .map(({ image }) => image);
}

function byHash(a: HashedImage, b: HashedImage): number {
  return a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.label - b.label;
}
