import { CoopError } from '../../shared/errors';
import { cutByHash, type HashedImage, type Share } from './hash-order';

/**
 * `pool`: images that shots are drawn from. `dev`: read by hints, model selection and early stopping.
 * `test`: read by reports only.
 */
export type Part = 'pool' | 'dev' | 'test';

/** Shares of a class, relative to one another; each is positive. */
export interface Fractions {
  readonly pool: number;
  readonly dev: number;
  readonly test: number;
}

export const DEFAULT_FRACTIONS: Fractions = { pool: 40, dev: 20, test: 40 };

/**
 * Splits every class by content hash. The result depends on the images' bytes and classes, the fractions and the salt
 * alone: not on names, order, shots or seeds of a run. A class of one image has it in dev, of two in dev and test.
 * @throws CoopError `split.invalid` for fractions that are not positive
 */
export function splitByHash(
  images: readonly HashedImage[],
  fractions: Fractions = DEFAULT_FRACTIONS,
  salt = '',
): Part[] {
  checkFractions(fractions);
  return cutByHash(images, sharesOf(fractions, ['test', 'dev', 'pool']), ['dev', 'test', 'pool'], salt);
}

/** The salt of `@split A/B/C seed S`: other seeds give other splits. */
export function seedSalt(seed: number): string {
  return `seed ${seed}:`;
}

/**
 * Splits images whose folders or manifest name a part. Given parts stay. Without dev, a part of the pool becomes dev;
 * without test, a part of dev becomes test (both in the proportion of `fractions`); when a single part is given, all
 * images are split by hash. Bytes that stand in several given parts stay in test before dev before pool, and the
 * copies elsewhere are left out (undefined), since a model must not learn from an image it is tested on.
 */
export function splitByFolders(
  images: readonly (HashedImage & { readonly given: Part })[],
  fractions: Fractions = DEFAULT_FRACTIONS,
): (Part | undefined)[] {
  checkFractions(fractions);
  const given = new Set(images.map(image => image.given));
  if (given.size < 2) return splitByHash(images, fractions);
  const sides = withoutLeaks(images);
  if (!given.has('dev'))
    return cutPart(images, sides, 'pool', sharesOf(fractions, ['dev', 'pool']), ['pool', 'dev']);
  if (!given.has('test'))
    return cutPart(images, sides, 'dev', sharesOf(fractions, ['test', 'dev']), ['dev', 'test']);
  return sides;
}

/**
 * Demands images in the named parts for every class.
 * @throws CoopError `split.tooSmall`, naming the classes, what they have and what they need
 */
export function requireParts(
  images: readonly { readonly label: number; readonly part: Part }[],
  classNames: readonly string[],
  needed: readonly Part[],
): void {
  const present = classNames.map(() => ({ pool: 0, dev: 0, test: 0 }));
  for (const { label, part } of images) {
    const counts = present[label];
    if (counts !== undefined) counts[part] += 1;
  }
  const lacking = classNames.flatMap((name, label) => {
    const counts = present[label]!;
    const missing = needed.filter(part => counts[part] === 0);
    return missing.length === 0 ? [] : [{ name, missing, total: counts.pool + counts.dev + counts.test }];
  });
  const first = lacking[0];
  if (first === undefined) return;
  const all = lacking.slice(0, 5).map(({ name, missing, total }) => {
    const has = total === 0 ? 'no images' : `${total} ${total === 1 ? 'image' : 'images'}`;
    return `“${name}” (${has}, none for ${missing.join(' and ')})`;
  });
  const more = lacking.length > 5 ? ` and ${lacking.length - 5} more` : '';
  throw new CoopError(
    'split.tooSmall',
    `${lacking.length === 1 ? 'A class has' : `${lacking.length} classes have`} too few images to split: ${all.join(', ')}${more}.`,
    {
      subject: first.name,
      next: `Give every class at least ${needed.length} different images (one for each of ${needed.join(', ')}), or leave it out.`,
    },
  );
}

/** @throws CoopError `split.invalid` */
export function checkFractions(fractions: Fractions): void {
  const { pool, dev, test } = fractions;
  if ([pool, dev, test].every(share => Number.isFinite(share) && share > 0)) return;
  throw new CoopError('split.invalid', `The split ${pool}/${dev}/${test} has a part that gets no images.`, {
    next: 'Write three positive numbers: learn from / choose on / test on, such as 40/20/40.',
  });
}

function sharesOf(fractions: Fractions, parts: readonly Part[]): Share<Part>[] {
  return parts.map(part => ({ part, share: fractions[part] }));
}

const STRENGTH: Readonly<Record<Part, number>> = { pool: 0, dev: 1, test: 2 };

function withoutLeaks(images: readonly (HashedImage & { readonly given: Part })[]): (Part | undefined)[] {
  const strongest = new Map<string, Part>();
  for (const { hash, given } of images) {
    const known = strongest.get(hash);
    if (known === undefined || STRENGTH[given] > STRENGTH[known]) strongest.set(hash, given);
  }
  return images.map(({ hash, given }) => (strongest.get(hash) === given ? given : undefined));
}

/**
 * Cuts one part into several by content hash; the other images stay.
 * @param sides of each image; undefined for one that is left out
 */
export function cutPart(
  images: readonly HashedImage[],
  sides: readonly (Part | undefined)[],
  from: Part,
  shares: readonly Share<Part>[],
  scarceFirst: readonly Part[],
): (Part | undefined)[] {
  const chosen = images.filter((_, i) => sides[i] === from);
  const cut = cutByHash(chosen, shares, scarceFirst, '')[Symbol.iterator]();
  return sides.map(side => (side === from ? (cut.next().value as Part) : side));
}
