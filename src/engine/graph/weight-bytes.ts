import { closeSync, openSync, readSync } from 'node:fs';
import { CoopError } from '../../shared/errors';
import type { WeightRef } from './node';

/**
 * The bytes of a weight as its file holds them.
 * @throws CoopError `file.corrupt` when the file ends before
 */
export function weightBytes(ref: WeightRef): Uint8Array {
  const bytes = new Uint8Array(ref.bytes);
  const file = openSync(ref.file, 'r');
  try {
    if (readSync(file, bytes, 0, ref.bytes, ref.offset) !== ref.bytes) {
      throw new CoopError('file.corrupt', `${ref.file} ends inside a tensor at byte ${ref.offset}`, {
        subject: ref.file,
      });
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}
