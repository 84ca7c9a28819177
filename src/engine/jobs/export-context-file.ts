import { readContext } from '../../files/contexts/learned-context';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { exportContext } from '../methods/coop/export-context';

/**
 * Writes one slot of a learned context as a file for other programs.
 * @param options.slot from 1
 * @returns its shape: [M, width], or [classes, M, width] of a class-specific slot
 * @throws CoopError as readContext, exportContext and writeFileAtomic
 */
export async function exportContextFile(options: {
  readonly file: string;
  readonly slot: number;
  readonly out: string;
}): Promise<{ readonly shape: readonly number[] }> {
  const { file, slot, out } = options;
  const context = await readContext(file);
  await writeFileAtomic(out, exportContext(context, slot, out));
  const { length, perClass } = context.slots[slot - 1]!;
  return { shape: [...(perClass ? [context.classNames.length] : []), length, context.width] };
}
