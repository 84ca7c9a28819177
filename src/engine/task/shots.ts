import { drawFewShot } from '../dataset/draw-shots';
import { MAX_VAL_SHOTS, pickPerClass } from '../dataset/few-shot';
import { pythonRandom } from '../random/mersenne-twister';
import { type Dataset, type DatasetImage, drawnFrom } from './load-dataset';

/** The training images of one seed, class after class, with their features by the test transform. */
export interface Shots {
  readonly images: readonly DatasetImage[];
  readonly labels: Int32Array;
  /** [images, E], as the tower gave them (not normalised). */
  readonly features: Float32Array;
}

/**
 * Which images a seed learns from.
 * @param excluded images that are passed over
 */
export function shotImages(
  dataset: Dataset,
  shots: number,
  seed: number,
  excluded: ReadonlySet<DatasetImage> = new Set(),
): readonly DatasetImage[] {
  const from = drawnFrom(dataset);
  const pool = excluded.size === 0 ? from.pool : from.pool.filter(image => !excluded.has(image));
  return drawFewShot({ ...from, pool }, shots, seed).train;
}

/** Which images a seed is chosen on: min(shots, 4) a class of a published split, as CoOp draws them; else all dev images. */
export function validationImages(dataset: Dataset, shots: number, seed: number): readonly DatasetImage[] {
  return drawFewShot(drawnFrom(dataset), shots, seed).val;
}

/** min(shots, 4) dev images a class of a split of our own. */
export function validationShotImages(dataset: Dataset, shots: number, seed: number): readonly DatasetImage[] {
  const { dev } = drawnFrom(dataset);
  const labels = dev.map(({ label }) => label);
  return pickPerClass(labels, Math.min(shots, MAX_VAL_SHOTS), pythonRandom(seed)).map(at => dev[at]!);
}
