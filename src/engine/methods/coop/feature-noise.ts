import { pythonRandom } from '../../random/mersenne-twister';
import { normalVectors } from '../../random/normal-vectors';

/** Made when first needed, since no other command needs it. Normal numbers that noise is drawn from, with both signs: a step needs some 500,000, and half a draw has to do for each. */
let normals: Float32Array | null = null;

/**
 * Image features [n, E] with Gaussian noise.
 * @param unit features of length 1
 * @param length of the noise on each: σ = length/√E in each of E components
 * @param key the stream; the same key gives the same noise
 */
export function noisyFeatures(unit: Float32Array, width: number, length: number, key: bigint): Float32Array {
  const sigma = length / Math.sqrt(width);
  const { uint32 } = pythonRandom(key);
  normals ??= normalVectors(1 << 15, 1, pythonRandom(0));
  const noisy = new Float32Array(unit.length);
  for (let i = 0; i < noisy.length; i += 2) {
    const drawn = uint32();
    noisy[i] = unit[i]! + sigma * normal(normals, drawn & 0xffff);
    noisy[i + 1] = unit[i + 1]! + sigma * normal(normals, drawn >>> 16);
  }
  return noisy;
}

/** @param drawn 16 bits, the highest for the sign */
function normal(sizes: Float32Array, drawn: number): number {
  const size = sizes[drawn & 0x7fff]!;
  return drawn < 0x8000 ? size : -size;
}
