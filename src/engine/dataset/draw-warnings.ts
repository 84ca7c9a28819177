import { counted } from '../../shared/format/count';
import { shotsPerClass } from './draw-shots';
import type { HashedImage } from './hash-order';

/**
 * Where a run's draws are not what its shots and seeds say: in sentences.
 * @param draws the training images of each of its seeds
 */
export function drawWarnings<T extends HashedImage>(
  draws: readonly (readonly T[])[],
  classNames: readonly string[],
  shots: number,
): string[] {
  const [first = [], ...others] = draws;
  const known = new Set(first);
  const same =
    others.length > 0 &&
    others.every(other => other.length === first.length && other.every(image => known.has(image)));
  const fewer = fewerThanAsked(first, classNames, shots);
  return [
    ...(fewer === null ? [] : [fewer]),
    ...(same
      ? [
          `All ${draws.length} seeds learn from the same images, since no class has more: they differ in the initial vectors and the order alone.`,
        ]
      : []),
  ];
}

/** How many images the classes really give where some have fewer than the shots; null where all have enough. */
export function fewerThanAsked(
  train: readonly HashedImage[],
  classNames: readonly string[],
  shots: number,
): string | null {
  const counts = classNames.map(() => 0);
  for (const { label } of train) counts[label]! += 1;
  const scarce = classNames.flatMap((name, label) =>
    counts[label]! < shots ? [{ name, has: counts[label]! }] : [],
  );
  if (scarce.length === 0) return null;
  const named = scarce
    .toSorted((a, b) => a.has - b.has)
    .slice(0, 3)
    .map(({ name, has }) => `“${name}” (${has})`);
  const more = scarce.length > 3 ? ` and ${scarce.length - 3} more` : '';
  const { min, max } = shotsPerClass(train, classNames.length);
  const range = min === max ? `${max}` : `${min} to ${max}`;
  return `${shots} shots are ${range} here: ${counted(scarce.length, 'class has', 'classes have')} fewer images to learn from, ${named.join(', ')}${more}, and ${scarce.length === 1 ? 'gives' : 'give'} all.`;
}
