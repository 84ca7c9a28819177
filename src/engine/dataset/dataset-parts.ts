import { createHash } from 'node:crypto';
import { CoopError } from '../../shared/errors';
import type { SplitDirective } from '../../shared/template/syntax';
import type { ClassList } from '../prompt/class-list';
import type { HashedImage } from './hash-order';
import type { Scan, ScannedImage } from './scan';
import { cutPart, type Part, seedSalt, splitByFolders, splitByHash } from './split';

/**
 * The side of every scanned image; undefined for one that is left out. Parts that folders or a list give are respected
 * unless fractions are asked for; those of a published split as they are, copies in two of them included.
 * @throws CoopError `split.invalid`
 */
export function datasetParts(scan: Scan, split: SplitDirective): (Part | undefined)[] {
  const { images, layout } = scan;
  if (split.kind === 'fractions') return splitByHash(images, split, seedSalt(split.seed));
  if (layout === 'published') return publishedParts(images);
  const given = givenParts(images);
  if (given !== undefined) return splitByFolders(given);
  if (split.kind !== 'folders') return splitByHash(images);
  throw new CoopError(
    'split.invalid',
    layout === 'manifest'
      ? 'The list of images has no split column.'
      : `${scan.folder} has no train, val and test folders.`,
    { subject: scan.folder, next: 'Write “@split shots 16 seed 1” to split by content.' },
  );
}

/** ImageNet has no validation part of its own; a hundredth of the training images is enough of its million. */
const DEV_OF_PUBLISHED = [
  { part: 'dev', share: 1 },
  { part: 'pool', share: 99 },
] as const;

function publishedParts(images: readonly ScannedImage[]): (Part | undefined)[] {
  const parts = images.map(({ part }) => part);
  return parts.includes('dev') ? parts : cutPart(images, parts, 'pool', DEV_OF_PUBLISHED, ['pool', 'dev']);
}

function givenParts(images: readonly ScannedImage[]): (HashedImage & { readonly given: Part })[] | undefined {
  const given = images.flatMap(({ label, hash, part }) =>
    part === undefined ? [] : [{ label, hash, given: part }],
  );
  return given.length === images.length ? given : undefined;
}

/** sha256 over (class name, file hash) of every image, in their order. */
export function datasetHash(images: readonly HashedImage[], classNames: readonly string[]): string {
  const hash = createHash('sha256');
  for (const image of images) hash.update(`${classNames[image.label]}\0${image.hash}\n`);
  return hash.digest('hex');
}

/** sha256 over the side of the split of every image, in their order, and over how shots are drawn from it. */
export function partsHash(
  images: readonly (HashedImage & { readonly part: Part })[],
  draws: { readonly published: boolean; readonly unusual: boolean },
): string {
  const hash = createHash('sha256');
  if (draws.published) hash.update('published\n');
  if (draws.unusual) hash.update('near-duplicates against the default\n');
  for (const { hash: file, part } of images) hash.update(`${file} ${part}\n`);
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
