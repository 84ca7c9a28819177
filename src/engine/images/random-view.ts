import { createHash } from 'node:crypto';
import { type PythonRandom, pythonRandom } from '../random/mersenne-twister';
import { orient } from './orient';
import type { PreprocessSpec } from './preprocess';
import { type Box, type RgbImage, resize } from './resize';

/** Which of an image's random views: all views of one seed differ from image to image and from number to number. */
export interface ViewKey {
  readonly seed: number;
  /** From 0. */
  readonly number: number;
}

/** torchvision's RandomResizedCrop: share of the area, and of width to height. CoOp's INPUT.RRCROP_SCALE is (0.08, 1). */
const SCALE = [0.08, 1] as const;
const RATIO = [3 / 4, 4 / 3] as const;
const ATTEMPTS = 10;

/**
 * CoOp's training transform: a random part of the image, resized to the square, mirrored half of the time
 * (torchvision RandomResizedCrop and RandomHorizontalFlip; Dassl, transforms `random_resized_crop`, `random_flip`).
 * @param hash sha256 of the file, hex: equal files have equal views
 * @returns [size, size, 3] uint8
 */
export function randomView(
  image: RgbImage & { readonly exifOrientation?: number },
  spec: PreprocessSpec,
  view: ViewKey,
  hash: string,
): Uint8Array {
  const { size, interpolation } = spec;
  const upright = spec.exif ? orient(image, image.exifOrientation ?? 1) : image;
  const random = randomOf(view, hash);
  const source = randomCrop(upright.width, upright.height, random);
  const rgb = resize(upright, { width: size, height: size, source, interpolation });
  return random.random() < 0.5 ? orient({ width: size, height: size, rgb }, 2).rgb : rgb;
}

function randomOf({ seed, number }: ViewKey, hash: string): PythonRandom {
  const digest = createHash('sha256').update(`${seed} ${number} ${hash}`).digest();
  return pythonRandom(digest.readBigUInt64LE(0));
}

/** The crop of RandomResizedCrop.get_params, with its fallback to the largest centre crop of an allowed ratio. */
export function randomCrop(width: number, height: number, random: PythonRandom): Box {
  const between = (low: number, high: number) => low + (high - low) * random.random();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const area = width * height * between(...SCALE);
    const ratio = Math.exp(between(Math.log(RATIO[0]), Math.log(RATIO[1])));
    const columns = Math.round(Math.sqrt(area * ratio));
    const rows = Math.round(Math.sqrt(area / ratio));
    if (columns < 1 || rows < 1 || columns > width || rows > height) continue;
    const top = random.below(height - rows + 1);
    const left = random.below(width - columns + 1);
    return { left, top, width: columns, height: rows };
  }
  const ratio = Math.min(RATIO[1], Math.max(RATIO[0], width / height));
  const columns = width / height > RATIO[1] ? Math.round(height * ratio) : width;
  const rows = width / height < RATIO[0] ? Math.round(width / ratio) : height;
  return { left: (width - columns) >> 1, top: (height - rows) >> 1, width: columns, height: rows };
}
