import { unitRows } from '../../measure/unit-features';
import { pythonRandom } from '../../random/mersenne-twister';
import { normalVectors } from '../../random/normal-vectors';

/** Length of the noise on a unit feature: σ = 1.5/√E in each of E components. */
const NOISE = 1.5;

/**
 * Unit image features [n, E] with Gaussian noise: what random crops and flips do to features that are encoded once.
 * @param key the stream; the same key gives the same noise
 */
export function noisyFeatures(features: Float32Array, width: number, key: bigint): Float32Array {
  const noisy = unitRows(features, width);
  const noise = normalVectors(noisy.length, NOISE / Math.sqrt(width), pythonRandom(key));
  for (let i = 0; i < noisy.length; i++) noisy[i]! += noise[i]!;
  return noisy;
}
