import { orient } from './orient';
import { type Box, type RgbImage, resize } from './resize';
import type { Interpolation } from './resize-weights';
import { roundHalfEven } from './round-half-even';

/** How a model wants its images; mean and std per channel, on the 0..1 scale. */
export interface PreprocessSpec {
  /** Side of the square the model sees, in pixels. */
  readonly size: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly interpolation: Interpolation;
  /** What images are resized to before the centre is cut out: their shorter side (CLIP), or both, stretched. */
  readonly resize: { readonly shortest: number } | { readonly width: number; readonly height: number };
  /**
   * Where the cut begins when half of what is too much is no whole pixel. `half-even`: rounded as torchvision does, so
   * CLIP and open_clip (transforms.functional.center_crop); `floor`: transformers (image_transforms.center_crop).
   */
  readonly crop: 'floor' | 'half-even';
  /** Turn photos upright by their EXIF tag first. The reference does not: off unless asked for. */
  readonly exif: boolean;
}

/** Changes whenever the same file and spec would give other pixels, so that cached features are not mixed. */
export const PREPROCESSING_VERSION = 'pillow-13';

/** Everything about preprocessing that features depend on, as one line for cache keys. */
export function preprocessingKey(spec: PreprocessSpec): string {
  const { size, mean, std, interpolation, resize: to, crop, exif } = spec;
  return [
    PREPROCESSING_VERSION,
    size,
    interpolation,
    'shortest' in to ? `shortest ${to.shortest}` : `${to.width}×${to.height}`,
    crop,
    exif ? 'exif' : 'stored',
    mean.join(','),
    std.join(','),
  ].join(' ');
}

interface Plan {
  readonly width: number;
  readonly height: number;
  readonly window: Box;
}

/** Resized size, its longer side truncated as in torchvision and transformers, and the centre that is cut out. */
function resizePlan(
  width: number,
  height: number,
  { size, resize: to, crop }: Pick<PreprocessSpec, 'size' | 'resize' | 'crop'>,
): Plan {
  const resized = 'shortest' in to ? shortestTo(width, height, to.shortest) : to;
  const round = crop === 'floor' ? Math.floor : roundHalfEven;
  const left = round((resized.width - size) / 2);
  const top = round((resized.height - size) / 2);
  return { ...resized, window: { left, top, width: size, height: size } };
}

function shortestTo(width: number, height: number, side: number): { width: number; height: number } {
  const long = Math.trunc((side * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? { width: side, height: long } : { width: long, height: side };
}

/** What happens to an image before the model sees it, for a table. */
export function preprocessingInWords({ size, interpolation, resize: to, crop }: PreprocessSpec): string {
  const resized =
    'shortest' in to ? `shorter side to ${to.shortest} px` : `stretched to ${to.width} × ${to.height} px`;
  const cuts = 'shortest' in to || to.width !== size || to.height !== size;
  const rule = crop === 'floor' ? 'halves down, as transformers' : 'halves to even, as CLIP';
  return `${resized}, ${interpolation}${cuts ? `; centre ${size} px, ${rule}` : ''}`;
}

/**
 * What the model sees: resize and centre crop of CLIP's test transform in CoOp's order (RGB first).
 * @param image [height, width, 3] uint8
 * @returns [size, size, 3] uint8, bit-equal to Pillow and torchvision
 */
export function preprocess(
  image: RgbImage & { readonly exifOrientation?: number },
  spec: PreprocessSpec,
): Uint8Array {
  const upright = spec.exif ? orient(image, image.exifOrientation ?? 1) : image;
  return resize(upright, {
    ...resizePlan(upright.width, upright.height, spec),
    interpolation: spec.interpolation,
  });
}

/**
 * [3, 256] float32: channel and level → ((level / 255) − mean) / std, each step rounded to float32 as torchvision's are.
 */
export function normalisationTable({ mean, std }: Pick<PreprocessSpec, 'mean' | 'std'>): Float32Array {
  const table = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel += 1) {
    const centre = Math.fround(mean[channel] as number);
    const spread = Math.fround(std[channel] as number);
    for (let level = 0; level < 256; level += 1) {
      const shifted = Math.fround(Math.fround(level / 255) - centre);
      table[channel * 256 + level] = shifted / spread;
    }
  }
  return table;
}

/**
 * @param pixels [size, size, 3] uint8
 * @param table of `normalisationTable`, to share it among images
 * @returns [3, size, size] float32
 */
export function normalise(
  pixels: Uint8Array,
  spec: Pick<PreprocessSpec, 'mean' | 'std'>,
  table: Float32Array = normalisationTable(spec),
): Float32Array {
  const plane = pixels.length / 3;
  const out = new Float32Array(pixels.length);
  for (let i = 0, at = 0; i < plane; i += 1, at += 3) {
    out[i] = table[pixels[at] as number] as number;
    out[plane + i] = table[256 + (pixels[at + 1] as number)] as number;
    out[2 * plane + i] = table[512 + (pixels[at + 2] as number)] as number;
  }
  return out;
}
