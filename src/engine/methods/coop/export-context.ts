import type { LearnedContext } from '../../../files/contexts/learned-context';
import { writeSafetensors } from '../../../files/tensors/write-safetensors';
import { CoopError } from '../../../shared/errors';
import { npyFile } from '../../io/npy';

/**
 * One slot's vectors in the format that a file's ending names: safetensors with the tensor `ctx` as CoOp's checkpoints
 * call it, npy, CSV with one vector a line (the class first, where the slot is class-specific), or JSON.
 * @param slot from 1
 * @throws CoopError `context.mismatch` when there is no such slot, `usage` for another ending
 */
export function exportContext(context: LearnedContext, slot: number, file: string): Uint8Array | string {
  const found = context.slots[slot - 1];
  if (found === undefined)
    throw new CoopError(
      'context.mismatch',
      `The context has ${context.slots.length} slots; there is no slot ${slot}.`,
      {
        next: `Give a slot from 1 to ${context.slots.length}.`,
      },
    );
  const { width, classNames } = context;
  const { length, perClass, values } = found;
  const shape = [...(perClass ? [classNames.length] : []), length, width];
  if (file.endsWith('.npy')) return npyFile(values, shape);
  if (file.endsWith('.safetensors'))
    return writeSafetensors(new Map([['ctx', { data: values, shape }]]), {
      template: context.template,
      model: context.model,
      model_hash: context.modelHash,
      ...(perClass ? { classes: JSON.stringify(classNames) } : {}),
    });
  if (file.endsWith('.json'))
    return `${JSON.stringify({
      template: context.template,
      model: context.model,
      modelHash: context.modelHash,
      ...(perClass ? { classes: classNames } : {}),
      shape,
      values: [...values],
    })}\n`;
  if (file.endsWith('.csv')) {
    const rows = Array.from({ length: values.length / width }, (_, row) => {
      const numbers = [...values.subarray(row * width, (row + 1) * width)];
      return [...(perClass ? [quoted(classNames[Math.floor(row / length)]!)] : []), ...numbers].join(',');
    });
    return `${rows.join('\n')}\n`;
  }
  throw new CoopError('usage', `The ending of ${file} names no format.`, {
    subject: file,
    next: 'Use .safetensors, .npy, .csv or .json.',
  });
}

const quoted = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
