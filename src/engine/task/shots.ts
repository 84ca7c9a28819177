import { drawFewShot, drawn, type FewShotDraw } from '../dataset/draw-shots';
import { MAX_VAL_SHOTS, pickPerClass } from '../dataset/few-shot';
import { pythonRandom } from '../random/mersenne-twister';
import type { ImageRows } from './encoded-images';
import type { Dataset, DatasetImage, Drawable } from './load-dataset';

/** The training images of one seed, class after class, with their features by the test transform. */
export interface Shots extends ImageRows {
  readonly images: readonly DatasetImage[];
  readonly labels: Int32Array;
}

const labelOf = ({ label }: Drawable) => label;

/** Of images of all classes those of the classes that are left. */
const kept = (images: readonly Drawable[]) => images.flatMap(({ image }) => (image === null ? [] : [image]));

/**
 * What a seed learns from and is chosen on: min(shots, 4) a class of a published split, as CoOp draws them; else all dev
 * images. Of a subset of the classes it is what the draw among all of them gives those (CoOp draws before it subsets).
 * @param excluded images that are passed over
 */
export function drawShots(
  { drawable, published }: Dataset,
  shots: number,
  seed: number,
  excluded: ReadonlySet<DatasetImage> = new Set(),
): FewShotDraw<DatasetImage> {
  const pool = drawable.filter(
    ({ part, image }) => part === 'pool' && !(image !== null && excluded.has(image)),
  );
  const dev = drawable.filter(({ part }) => part === 'dev');
  const { train, val } = drawFewShot({ pool, dev, published }, shots, seed);
  return drawn(kept(train), kept(val));
}

/** min(shots, 4) dev images a class of a split of our own. */
export function validationShotImages(
  { drawable }: Dataset,
  shots: number,
  seed: number,
): readonly DatasetImage[] {
  const dev = drawable.filter(({ part }) => part === 'dev');
  const picks = pickPerClass(dev.map(labelOf), Math.min(shots, MAX_VAL_SHOTS), pythonRandom(seed));
  return kept(picks.map(at => dev[at]!));
}
