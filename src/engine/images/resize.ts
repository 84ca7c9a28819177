import { type Resampler, scalarResampler } from './resample';
import { createSimdResampler } from './resample-simd';
import { type Interpolation, type ResizeWeights, resizeWeights } from './resize-weights';

/** An RGB picture: [height, width, 3] uint8. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** A rectangle in whole pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Resize {
  /** Size the source is resized to. */
  readonly width: number;
  readonly height: number;
  /** The part of the resized picture that is wanted; only its rows and columns are computed. All of it by default. */
  readonly window?: Box;
  /** The part of the picture that is cut out before resizing; nothing outside it is looked at. All of it by default. */
  readonly source?: Box;
  readonly interpolation: Interpolation;
}

/** Copies a rectangle: [box.height, box.width, 3]. */
export function cut({ rgb, width }: RgbImage, { left, top, width: columns, height: rows }: Box): Uint8Array {
  const out = new Uint8Array(rows * columns * 3);
  for (let y = 0; y < rows; y += 1) {
    const from = ((top + y) * width + left) * 3;
    out.set(rgb.subarray(from, from + columns * 3), y * columns * 3);
  }
  return out;
}

/** Columns or rows of the source that the outputs are made of. */
function span({ count, first, taps }: ResizeWeights): { readonly from: number; readonly length: number } {
  const [from, last] = [first[0] as number, count - 1];
  return { from, length: (first[last] as number) + (taps[last] as number) - from };
}

/**
 * Pillow filters the rows first where the height loses more than twice as many pixels as the width (Resample.c of
 * Pillow 13, ImagingResampleInner), else the columns; the first pass is rounded to 8 bits, so that the order shows.
 */
const rowsFirst = (source: Box, { width, height }: Resize): boolean =>
  source.height > height && source.height - height > 2 * (source.width - width);

/**
 * Resizes as Pillow's `resize` does, to the bit: antialiased, one axis after the other, rounded to 8 bits between the
 * passes, fixed-point weights; a side that keeps its length is not filtered.
 * @returns [window.height, window.width, 3]
 */
export function resize(image: RgbImage, request: Resize): Uint8Array {
  const { width, height, interpolation } = request;
  const source = request.source ?? { left: 0, top: 0, width: image.width, height: image.height };
  const window = request.window ?? { left: 0, top: 0, width, height };
  const keepsWidth = width === source.width;
  const keepsHeight = height === source.height;
  if (keepsWidth && keepsHeight)
    return cut(image, { ...window, left: source.left + window.left, top: source.top + window.top });

  const across = keepsWidth
    ? undefined
    : resizeWeights(source.width, width, window.left, window.width, interpolation);
  const down = keepsHeight
    ? undefined
    : resizeWeights(source.height, height, window.top, window.height, interpolation);
  const passes = resampler();
  const stride = image.width * 3;
  const origin = source.top * stride + source.left * 3;

  if (down === undefined) {
    const offset = origin + window.top * stride;
    return passes.columns({ data: image.rgb, offset, stride }, window.height, across as ResizeWeights);
  }
  if (across === undefined) {
    const offset = origin + window.left * 3;
    return passes.rows({ data: image.rgb, offset, stride }, window.width * 3, down);
  }
  if (rowsFirst(source, request)) {
    const used = span(across);
    const offset = origin + used.from * 3;
    const bytes = used.length * 3;
    const data = passes.rows({ data: image.rgb, offset, stride }, bytes, down);
    return passes.columns({ data, offset: -used.from * 3, stride: bytes }, window.height, across);
  }
  const used = span(down);
  const offset = origin + used.from * stride;
  const data = passes.columns({ data: image.rgb, offset, stride }, used.length, across);
  const bytes = window.width * 3;
  return passes.rows({ data, offset: -used.from * bytes, stride: bytes }, bytes, down);
}

let passesHere: Resampler | undefined;

/** Where the processor or the process knows no vectors, one number after the other. */
function resampler(): Resampler {
  if (passesHere !== undefined) return passesHere;
  try {
    passesHere = createSimdResampler();
  } catch {
    passesHere = scalarResampler;
  }
  return passesHere;
}
