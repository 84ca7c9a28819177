import { join } from 'node:path';
import * as v from 'valibot';
import type { PreprocessSpec } from '../../images/preprocess';
import { modelUnsupported } from '../parts/model-error';
import { CLIP_MEAN, CLIP_STD } from '../parts/opened-parts';
import { channels, count, divisors, readConfigIfPresent } from '../parts/read-config';

export const PREPROCESSOR_FILE = 'preprocessor_config.json';

const square = v.object({ height: count, width: count });
const flag = v.nullish(v.boolean(), true);

const PREPROCESSOR = v.object({
  do_resize: flag,
  do_center_crop: flag,
  do_rescale: flag,
  do_normalize: flag,
  size: v.nullish(v.union([count, v.object({ shortest_edge: count }), square])),
  crop_size: v.nullish(v.union([count, square])),
  resample: v.nullish(v.number(), 3),
  rescale_factor: v.nullish(v.number(), 1 / 255),
  image_mean: v.nullish(channels, [...CLIP_MEAN]),
  image_std: v.nullish(divisors, [...CLIP_STD]),
});

/** Pillow's numbers of its filters. */
const INTERPOLATIONS: Readonly<Record<number, PreprocessSpec['interpolation']>> = {
  2: 'bilinear',
  3: 'bicubic',
};

/**
 * Reads preprocessor_config.json of a Hugging Face folder; without the file CLIP's own preprocessing.
 * @param size side of the square the vision tower takes
 * @throws CoopError `model.invalid`, `model.unsupported`
 */
export async function readHuggingFacePreprocess(folder: string, size: number): Promise<PreprocessSpec> {
  const file = join(folder, PREPROCESSOR_FILE);
  const config = (await readConfigIfPresent(file, PREPROCESSOR)) ?? v.parse(PREPROCESSOR, {});
  if (!config.do_resize || !config.do_rescale)
    throw modelUnsupported(file, 'images must be resized and rescaled');
  if (Math.abs(config.rescale_factor * 255 - 1) > 1e-6)
    throw modelUnsupported(file, `rescale_factor is ${config.rescale_factor}, not 1/255`);
  const interpolation = INTERPOLATIONS[config.resample];
  if (interpolation === undefined)
    throw modelUnsupported(file, `resample is ${config.resample}, not 2 (bilinear) or 3 (bicubic)`);
  const resizeMode = resizeModeOf(file, config, size);
  return {
    size,
    mean: config.do_normalize ? config.image_mean : [0, 0, 0],
    std: config.do_normalize ? config.image_std : [1, 1, 1],
    interpolation,
    resizeMode,
    exif: false,
  };
}

function resizeModeOf(
  file: string,
  { size: resized, crop_size: crop, do_center_crop: crops }: v.InferOutput<typeof PREPROCESSOR>,
  size: number,
): PreprocessSpec['resizeMode'] {
  const squash = typeof resized === 'object' && resized !== null && 'height' in resized;
  const sides: (number | null | undefined)[] = squash ? [resized.height, resized.width] : [sideOf(resized)];
  if (crops) sides.push(...(typeof crop === 'object' && crop !== null ? [crop.height, crop.width] : [crop]));
  const other = sides.find(side => side != null && side !== size);
  if (other !== undefined)
    throw modelUnsupported(
      file,
      `images are resized or cropped to ${other} pixels, but the tower takes ${size}`,
    );
  if (!squash && !crops) throw modelUnsupported(file, 'images are not cropped to the square the tower takes');
  return squash ? 'squash' : 'shortest';
}

function sideOf(size: number | { readonly shortest_edge: number } | null | undefined): number | null {
  if (size == null) return null;
  return typeof size === 'number' ? size : size.shortest_edge;
}
