import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { narrowToHalf } from '../../files/tensors/half';
import { interpret } from '../graph/interpret';
import { loadWeights } from '../graph/load-weights';
import { input, linear, weight } from '../graph/operations';
import { createSession } from './create-session';
import type { Device } from './session';

const [ROWS, INNER, OUT] = [4, 64, 48];

/**
 * A product with a weight held as float16, on the device and in float64.
 * @throws what keeps the device from it
 */
export async function halfProduct(
  device: Device,
): Promise<{ readonly found: Float32Array; readonly expected: Float64Array }> {
  if (device === 'tensorflow') throw new Error('TensorFlow.js has no float16 tensors');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'coop-probe-'));
  try {
    const file = path.join(folder, 'halves');
    const halves = narrowToHalf(Float32Array.from({ length: OUT * INNER }, (_, i) => Math.sin(1.7 * i + 1)));
    await writeFile(file, halves);
    const ref = {
      file,
      offset: 0,
      bytes: halves.byteLength,
      dtype: 'F16',
      held: 'F16',
      shape: [OUT, INNER],
    } as const;
    const product = linear(input('x', [ROWS, INNER]), weight(ref), null);
    const data = Float32Array.from({ length: ROWS * INNER }, (_, i) => Math.cos(2.3 * i));
    const session = await createSession({ product }, { device, spin: false });
    const result = await session.run({ x: { data, shape: [ROWS, INNER] } });
    await session.release();
    const x = { data: Float64Array.from(data), shape: [ROWS, INNER] };
    const [exact] = interpret([product], { x }, await loadWeights([product]));
    return { found: result.product.data, expected: exact!.data as Float64Array };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
