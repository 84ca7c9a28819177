import { multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import {
  constant,
  divide,
  linear,
  reshape,
  scalar,
  slice,
  subtract,
  toFloat,
  transpose,
} from '../../graph/operations';
import type { PreprocessSpec } from '../../images/preprocess';

const CHANNELS = 3;
const LEVELS = 255;

/** What a tower looks at. */
export interface ImagePixels extends Pick<PreprocessSpec, 'mean' | 'std'> {
  /** uint8 [B, size, size, 3] */
  readonly pixels: Node;
}

/** A convolution whose windows do not overlap. */
export interface PatchNodes {
  /** [w, 3, p, p] */
  readonly weight: Node;
  /** [w]; null: none. */
  readonly bias: Node | null;
}

/** Pixels as a convolution reads them: float [B, 3, size, size], ((level / 255) − mean) / std. */
export function normalisedPlanes({ pixels, mean, std }: ImagePixels): Node {
  const planes = transpose(toFloat(pixels), [0, 3, 1, 2]);
  return normalised(planes, values => constant(Float32Array.from(values), [CHANNELS, 1, 1]), { mean, std });
}

/**
 * Patches of p × p pixels as rows, what is left at the right and lower edge dropped: float [B · g², p · p · 3], normalised as
 * planes are.
 */
export function normalisedPatches({ pixels, mean, std }: ImagePixels, patch: number): Node {
  const [batch, size] = pixels.shape as [Node['shape'][0], number];
  const grid = Math.floor(size / patch);
  const whole = slice(slice(toFloat(pixels), 1, 0, grid * patch), 2, 0, grid * patch);
  const bands = reshape(whole, [multiplyDims(batch!, grid), patch, grid, patch * CHANNELS]);
  const cells = transpose(bands, [0, 2, 1, 3]);
  const width = patch * patch * CHANNELS;
  const perPixel = (values: readonly number[]) =>
    constant(
      Float32Array.from({ length: width }, (_, i) => values[i % CHANNELS]!),
      [width],
    );
  return normalised(reshape(cells, [multiplyDims(batch!, grid * grid), width]), perPixel, { mean, std });
}

/** The patch embedding of a vision transformer, a product instead of a convolution: [B, g², w]. */
export function embeddedPatches(image: ImagePixels, { weight, bias }: PatchNodes): Node {
  const [width, , patch] = weight.shape as [number, number, number];
  const rows = normalisedPatches(image, patch);
  const product = linear(rows, reshape(transpose(weight, [0, 2, 3, 1]), [width, rows.shape[1]!]), bias);
  const [batch, size] = image.pixels.shape as [Node['shape'][0], number];
  return reshape(product, [batch!, Math.floor(size / patch) ** 2, width]);
}

/** In torchvision's order of operations, so that float32 rounds as there (`normalisationTable` is the same rule on the CPU). */
function normalised(
  levels: Node,
  perChannel: (values: readonly number[]) => Node,
  { mean, std }: Pick<PreprocessSpec, 'mean' | 'std'>,
): Node {
  return divide(subtract(divide(levels, scalar(LEVELS)), perChannel(mean)), perChannel(std));
}
