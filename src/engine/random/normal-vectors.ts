import type { PythonRandom } from './mersenne-twister';

/** Standard deviation of CoOp's random initial vectors (trainers/coop.py: nn.init.normal_(std=0.02)). */
export const INITIAL_STD = 0.02;

/** Normal numbers by Box and Muller's method from a seeded stream: the same seed gives the same vectors everywhere. */
export function normalVectors(count: number, std: number, random: PythonRandom): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    // random() is in [0, 1); the logarithm needs (0, 1].
    const radius = std * Math.sqrt(-2 * Math.log(1 - random.random()));
    const angle = 2 * Math.PI * random.random();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}
