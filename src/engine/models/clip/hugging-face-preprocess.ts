import { join } from 'node:path';
import * as v from 'valibot';
import type { PreprocessSpec } from '../../images/preprocess';
import { modelUnsupported } from '../parts/model-error';
import { CLIP_MEAN, CLIP_STD } from '../parts/opened-parts';
import { channels, count, divisors, readConfigIfPresent } from '../parts/read-config';

/** Before transformers 5, and since: there the image processor is a part of a file for the whole processor. */
const IMAGE_FILE = 'preprocessor_config.json';
const WHOLE_FILE = 'processor_config.json';
export const PREPROCESSOR_FILES = [WHOLE_FILE, IMAGE_FILE] as const;

const size = v.nullish(
  v.union([
    count,
    v.pipe(
      v.tuple([count, count]),
      v.transform(([height, width]) => ({ height, width })),
    ),
    v.record(v.string(), v.nullable(count)),
  ]),
);
const flag = v.nullish(v.boolean());

const PREPROCESSOR = v.looseObject({
  image_processor_type: v.nullish(v.string()),
  feature_extractor_type: v.nullish(v.string()),
  do_resize: flag,
  do_center_crop: flag,
  do_rescale: flag,
  do_normalize: flag,
  do_pad: flag,
  default_to_square: flag,
  use_square_size: flag,
  size,
  crop_size: size,
  pad_size: size,
  resample: v.nullish(v.number()),
  rescale_factor: v.nullish(v.pipe(v.number(), v.finite(), v.gtValue(0)), 1 / 255),
  image_mean: v.nullish(channels),
  image_std: v.nullish(divisors),
});

type Preprocessor = v.InferOutput<typeof PREPROCESSOR>;
type Size = v.InferOutput<typeof size>;

/** What an image processor of transformers does where its file says nothing. */
interface Defaults {
  readonly square: boolean;
  readonly size: Record<string, number>;
  readonly crop: boolean;
  readonly resample: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

const HALF = [0.5, 0.5, 0.5] as const;
const SQUARE = { height: 224, width: 224 };
const CLIP: Defaults = {
  square: false,
  size: { shortest_edge: 224 },
  crop: true,
  resample: 3,
  mean: CLIP_MEAN,
  std: CLIP_STD,
};
/** By `image_processor_type` without its `ImageProcessor` (models/…/image_processing_….py of transformers 5.24). */
const TYPES: ReadonlyMap<string, Defaults> = new Map([
  ['CLIP', CLIP],
  ['ChineseCLIP', CLIP],
  ['ViT', { square: true, size: SQUARE, crop: false, resample: 2, mean: HALF, std: HALF }],
  ['Siglip', { square: false, size: SQUARE, crop: false, resample: 3, mean: HALF, std: HALF }],
]);

/** Steps whose own switches are read, and one that is always done: an image that is not RGB has no other meaning here. */
const KNOWN_STEPS: ReadonlySet<string> = new Set([
  'do_resize',
  'do_center_crop',
  'do_rescale',
  'do_normalize',
  'do_pad',
  'do_convert_rgb',
]);

/** Pillow's numbers of its filters. */
const INTERPOLATIONS: ReadonlyMap<number, PreprocessSpec['interpolation']> = new Map([
  [2, 'bilinear'],
  [3, 'bicubic'],
]);

/**
 * The image processor of a Hugging Face folder, as transformers finds it (image_processing_base.py,
 * get_image_processor_dict): `image_processor` of processor_config.json, else preprocessor_config.json, else the family's.
 * What changes pixels is done or refused by name.
 * @param side of the square the vision tower takes; null: as the file says, or 224
 * @throws CoopError `model.invalid`, `model.unsupported`
 */
export async function readHuggingFacePreprocess(
  folder: string,
  side: number | null,
  family: 'CLIP' | 'Siglip' = 'CLIP',
): Promise<PreprocessSpec> {
  const whole = join(folder, WHOLE_FILE);
  const nested = await readConfigIfPresent(
    whole,
    v.looseObject({ image_processor: v.nullish(PREPROCESSOR) }),
  );
  if (nested?.image_processor != null) return specOf(whole, nested.image_processor, side, family);
  const file = join(folder, IMAGE_FILE);
  const config = await readConfigIfPresent(file, PREPROCESSOR);
  // Without a file images fit the tower, whatever its size.
  const square = side ?? 224;
  const fitting = family === 'CLIP' ? square : { height: square, width: square };
  return specOf(file, config ?? v.parse(PREPROCESSOR, { size: fitting, crop_size: square }), side, family);
}

function specOf(file: string, config: Preprocessor, side: number | null, family: string): PreprocessSpec {
  const type = config.image_processor_type ?? config.feature_extractor_type ?? `${family}ImageProcessor`;
  const defaults = TYPES.get(type.replace(/(ImageProcessor|FeatureExtractor)(Fast|Pil)?$/, ''));
  if (defaults === undefined)
    throw modelUnsupported(file, `images are prepared by ${type}, which is not known`);
  for (const [key, value] of Object.entries(config))
    if (key.startsWith('do_') && value === true && !KNOWN_STEPS.has(key))
      throw modelUnsupported(file, `${key} is on, which is not done here`);
  if (config.do_resize === false) throw modelUnsupported(file, 'do_resize is off, so that sizes differ');
  if (config.use_square_size === true)
    throw modelUnsupported(file, 'use_square_size is on, which is not done here');
  if (config.do_pad === true && config.pad_size != null)
    throw modelUnsupported(file, 'do_pad is on with a pad_size, and images are not padded here');
  const resample = config.resample ?? defaults.resample;
  const interpolation = INTERPOLATIONS.get(resample);
  if (interpolation === undefined)
    throw modelUnsupported(file, `resample is ${resample}, not 2 (bilinear) or 3 (bicubic)`);
  const resize = resizeOf(file, config, defaults);
  const size = checkedSide(file, resize, cropOf(file, config, defaults), side);
  return { size, ...scaling(config, defaults), interpolation, resize, crop: 'floor', exif: false };
}

function resizeOf(file: string, config: Preprocessor, defaults: Defaults): PreprocessSpec['resize'] {
  const { size: asked } = config;
  const square = config.default_to_square ?? defaults.square;
  const sides =
    typeof asked !== 'number'
      ? sidesOf(asked ?? defaults.size)
      : square
        ? { height: asked, width: asked }
        : { shortest_edge: asked };
  const { height, width, shortest_edge: shortest, ...others } = sides;
  const [other] = Object.keys(others);
  if (other === undefined && shortest !== undefined && height === undefined && width === undefined)
    return { shortest };
  if (other === undefined && shortest === undefined && height !== undefined && width !== undefined)
    return { width, height };
  throw modelUnsupported(
    file,
    `size has ${Object.keys(sides).join(' and ') || 'nothing'}, not shortest_edge alone or height and width`,
  );
}

/** Height and width that are cut out; null: nothing is. */
function cropOf(
  file: string,
  { do_center_crop: crops, crop_size: asked }: Preprocessor,
  defaults: Defaults,
): { readonly height: number; readonly width: number } | null {
  if (!(crops ?? defaults.crop)) return null;
  if (typeof asked === 'number') return { height: asked, width: asked };
  const { height, width, ...others } = sidesOf(asked ?? SQUARE);
  if (height === undefined || width === undefined || Object.keys(others).length > 0)
    throw modelUnsupported(file, `crop_size has ${Object.keys(others).join(' and ')}, not height and width`);
  return { height, width };
}

/** The side of the square that images become. */
function checkedSide(
  file: string,
  resize: PreprocessSpec['resize'],
  crop: { readonly height: number; readonly width: number } | null,
  asked: number | null,
): number {
  const [height, width] =
    'shortest' in resize ? [resize.shortest, resize.shortest] : [resize.height, resize.width];
  if (crop === null && 'shortest' in resize)
    throw modelUnsupported(file, 'images are not cropped to the square the tower takes (do_center_crop)');
  const last = crop ?? { height, width };
  const side = asked ?? last.height;
  if (last.height !== side || last.width !== side)
    throw modelUnsupported(
      file,
      `images are ${crop === null ? 'resized' : 'cropped'} to ${last.height} × ${last.width} pixels, but the tower takes ${side}`,
    );
  if (crop !== null && (height < crop.height || width < crop.width))
    throw modelUnsupported(
      file,
      `images are resized to ${Math.min(height, width)} pixels and then padded to the ${side} of crop_size, which is not done here`,
    );
  return side;
}

/** Without the sides that are null. */
function sidesOf(sides: Exclude<Size, number | null | undefined>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(sides).filter((side): side is [string, number] => side[1] !== null),
  );
}

/** (level · factor − mean) / std in the form ((level / 255) − mean) / std. */
function scaling(config: Preprocessor, defaults: Defaults): Pick<PreprocessSpec, 'mean' | 'std'> {
  const normalises = config.do_normalize !== false;
  const mean = normalises ? (config.image_mean ?? defaults.mean) : ([0, 0, 0] as const);
  const std = normalises ? (config.image_std ?? defaults.std) : ([1, 1, 1] as const);
  const scale = config.do_rescale === false ? 255 : config.rescale_factor * 255;
  if (Math.abs(scale - 1) < 1e-6) return { mean, std };
  return {
    mean: [mean[0] / scale, mean[1] / scale, mean[2] / scale],
    std: [std[0] / scale, std[1] / scale, std[2] / scale],
  };
}
