import { pythonRandom } from '../../random/mersenne-twister';
import { normalVectors } from '../../random/normal-vectors';

/**
 * Image features [n, E] with Gaussian noise.
 * @param unit features of length 1
 * @param length of the noise on each: σ = length/√E in each of E components
 * @param key the stream; the same key gives the same noise
 */
export function noisyFeatures(unit: Float32Array, width: number, length: number, key: bigint): Float32Array {
  const noisy = normalVectors(unit.length, length / Math.sqrt(width), pythonRandom(key));
  for (let i = 0; i < noisy.length; i++) noisy[i]! += unit[i]!;
  return noisy;
}
