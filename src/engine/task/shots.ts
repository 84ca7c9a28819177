import { drawFewShot } from '../dataset/draw-shots';
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
 * @param broken images that turned out to be no image, and are passed over
 */
export function shotImages(
  dataset: Dataset,
  shots: number,
  seed: number,
  broken: ReadonlySet<DatasetImage> = new Set(),
): readonly DatasetImage[] {
  const from = drawnFrom(dataset);
  const pool = broken.size === 0 ? from.pool : from.pool.filter(image => !broken.has(image));
  return drawFewShot({ ...from, pool }, shots, seed).train;
}
