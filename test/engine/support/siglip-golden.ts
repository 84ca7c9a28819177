import path from 'node:path';
import { readSafetensorsHeader, readTensorF64 } from '../../../src/files/tensors/safetensors';
import { root } from '../../support/root';

export const SIGLIP = path.join(root, 'test/fixtures/golden/siglip');

/** Tensors of a recording, by name. */
export async function recorded(file: string): Promise<(name: string) => Promise<Float64Array>> {
  const { tensors } = await readSafetensorsHeader(file);
  return name => readTensorF64(file, tensors.get(name)!);
}

export function worst(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  return Array.from(found).reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
}
