import { counted } from '../../shared/format/count';
import type { FewShotDraw } from './draw-shots';
import type { HashedImage } from './hash-order';

/**
 * Where a run's draws are not what its shots and seeds say: in sentences.
 * @param draw of one of the seeds
 */
export function drawWarnings<T extends HashedImage>(
  { train, perClass }: FewShotDraw<T>,
  classNames: readonly string[],
  shots: number,
  seeds: readonly number[],
): string[] {
  const counts = classNames.map(() => 0);
  for (const { label } of train) counts[label]! += 1;
  const scarce = classNames.flatMap((name, label) =>
    counts[label]! < shots ? [{ name, has: counts[label]! }] : [],
  );
  if (scarce.length === 0) return [];
  const named = scarce.slice(0, 3).map(({ name, has }) => `“${name}” (${has})`);
  const more = scarce.length > 3 ? ` and ${scarce.length - 3} more` : '';
  const range = perClass.min === perClass.max ? `${perClass.max}` : `${perClass.min} to ${perClass.max}`;
  const fewer = `${shots} shots are ${range} here: ${counted(scarce.length, 'class has', 'classes have')} fewer images to learn from, ${named.join(', ')}${more}, and ${scarce.length === 1 ? 'gives' : 'give'} all.`;
  if (scarce.length < classNames.length || seeds.length < 2) return [fewer];
  return [
    fewer,
    `All ${seeds.length} seeds learn from the same images, since no class has more: they differ in the initial vectors and the order alone.`,
  ];
}
