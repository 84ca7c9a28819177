import { pythonRandom } from '../random/mersenne-twister';
import { pickPerClass } from './few-shot';
import type { HashedImage } from './hash-order';

export interface DrawnShots<T> {
  /** Class after class, in order of first appearance in the pool. */
  readonly images: readonly T[];
  /** Classes of the pool that had fewer distinct images than shots and gave all they have. */
  readonly scarce: readonly { readonly label: number; readonly count: number }[];
}

/**
 * Draws the training images of a run from the pool, as CoOp draws them (few-shot.ts). Copies of the same bytes in one
 * class count once, unless `keepCopies` asks for the reference's exact draw from a published list.
 * @param pool images in their fixed order; the order decides which images a seed picks
 */
export function drawShots<T extends HashedImage>(
  pool: readonly T[],
  shots: number,
  seed: number | bigint,
  options: { readonly keepCopies?: boolean } = {},
): DrawnShots<T> {
  const candidates = options.keepCopies === true ? pool : withoutCopies(pool);
  const labels = candidates.map(image => image.label);
  const images = pickPerClass(labels, shots, pythonRandom(seed)).map(at => candidates[at] as T);
  const counts = new Map<number, number>();
  for (const { label } of images) counts.set(label, (counts.get(label) ?? 0) + 1);
  const scarce = [...counts].filter(([, count]) => count < shots).map(([label, count]) => ({ label, count }));
  return { images, scarce };
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
