import { pythonRandom } from '../random/mersenne-twister';
import { fewShotPicks, pickPerClass } from './few-shot';
import type { HashedImage } from './hash-order';

/** What a seed of a run trains and is chosen on. */
export interface FewShotDraw<T> {
  /** Class after class, in order of first appearance in the pool. */
  readonly train: readonly T[];
  readonly val: readonly T[];
  /** Training images of the class that got fewest, and most: a class gives all it has when that is less than the shots. */
  readonly perClass: { readonly min: number; readonly max: number };
}

/** Images of the parts that are drawn from, in their fixed order; the order decides which images a seed picks. */
export interface DrawnFrom<T> {
  readonly pool: readonly T[];
  readonly dev: readonly T[];
  /**
   * True for a published split: the draw is then CoOp's own (few-shot.ts), min(shots, 4) validation images a class and
   * copies of the same bytes included. Otherwise copies in one class count once, and the whole dev part validates.
   */
  readonly published: boolean;
}

/** Draws the images of one seed of a run, as CoOp does. @param shots at least 1 */
export function drawFewShot<T extends HashedImage>(
  { pool, dev, published }: DrawnFrom<T>,
  shots: number,
  seed: number | bigint,
): FewShotDraw<T> {
  if (!published) {
    const candidates = withoutCopies(pool);
    const picks = pickPerClass(labelsOf(candidates), shots, pythonRandom(seed));
    return drawn(
      picks.map(at => candidates[at]!),
      dev,
    );
  }
  const { train, val } = fewShotPicks(labelsOf(pool), labelsOf(dev), shots, seed);
  return drawn(
    train.map(at => pool[at]!),
    val.map(at => dev[at]!),
  );
}

export function drawn<T extends HashedImage>(train: readonly T[], val: readonly T[]): FewShotDraw<T> {
  const counts = new Map<number, number>();
  for (const { label } of train) counts.set(label, (counts.get(label) ?? 0) + 1);
  const sizes = [...counts.values()].sort((a, b) => a - b);
  return { train, val, perClass: { min: sizes[0] ?? 0, max: sizes.at(-1) ?? 0 } };
}

/** Training images of the class that got fewest, and most; none for a class whose images were all passed over. */
export function shotsPerClass(
  train: readonly HashedImage[],
  classes: number,
): FewShotDraw<HashedImage>['perClass'] {
  const counts = Array.from({ length: classes }, () => 0);
  for (const { label } of train) counts[label]! += 1;
  const sizes = counts.toSorted((a, b) => a - b);
  return { min: sizes[0] ?? 0, max: sizes.at(-1) ?? 0 };
}

function labelsOf(images: readonly HashedImage[]): number[] {
  return images.map(({ label }) => label);
}

function withoutCopies<T extends HashedImage>(pool: readonly T[]): T[] {
  const seen = new Set<string>();
  return pool.filter(({ label, hash }) => {
    const key = `${label} ${hash}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
