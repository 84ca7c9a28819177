import * as v from 'valibot';
import type { PreprocessSpec } from '../../images/preprocess';
import { modelInvalid, modelUnsupported } from '../parts/model-error';
import { CLIP_MEAN, CLIP_STD } from '../parts/opened-parts';
import { channels, divisors } from '../parts/read-config';

const PREPROCESS = v.object({
  mode: v.nullish(v.string(), 'RGB'),
  mean: v.nullish(channels, [...CLIP_MEAN]),
  std: v.nullish(divisors, [...CLIP_STD]),
  interpolation: v.nullish(v.string(), 'bicubic'),
  resize_mode: v.nullish(v.string(), 'shortest'),
});

/**
 * `preprocess_cfg` of open_clip_config.json; absent fields have CLIP's own values. Its `size`, in whatever form, counts for
 * nothing, since open_clip puts the image tower's in its place (factory.py, create_model), and `fill_color` only where
 * images are padded, which is refused.
 * @param size side of the square the image tower takes
 * @throws CoopError `model.invalid`, `model.unsupported`
 */
export function readOpenClipPreprocess(file: string, config: unknown, size: number): PreprocessSpec {
  const checked = v.safeParse(PREPROCESS, config);
  if (!checked.success) throw modelInvalid(file, `preprocess_cfg: ${checked.issues[0].message}`);
  const { interpolation, resize_mode: resizeMode, mean, std, mode } = checked.output;
  if (interpolation !== 'bicubic' && interpolation !== 'bilinear')
    throw modelUnsupported(file, `preprocess_cfg.interpolation is ${interpolation}, not bicubic or bilinear`);
  if (resizeMode !== 'shortest' && resizeMode !== 'squash')
    throw modelUnsupported(file, `preprocess_cfg.resize_mode is ${resizeMode}, not shortest or squash`);
  if (mode !== 'RGB') throw modelUnsupported(file, `preprocess_cfg.mode is ${mode}, not RGB`);
  const resize = resizeMode === 'squash' ? { width: size, height: size } : { shortest: size };
  return { size, mean, std, interpolation, resize, crop: 'half-even', exif: false };
}
