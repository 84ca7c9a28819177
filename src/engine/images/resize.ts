import { type Interpolation, PRECISION_BITS, type ResizeWeights, resizeWeights } from './resize-weights';

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

const HALF = 1 << (PRECISION_BITS - 1);

/**
 * Rows `top` .. `top + rows` of the source, resampled horizontally.
 * @returns [rows, weights.count, 3]; the clamped array is what clips to 0..255
 */
function resampleColumns(
  { rgb, width }: Pick<RgbImage, 'rgb' | 'width'>,
  left: number,
  top: number,
  rows: number,
  { count, first, taps, stride, weights }: ResizeWeights,
): Uint8ClampedArray {
  const out = new Uint8ClampedArray(rows * count * 3);
  for (let y = 0, to = 0; y < rows; y += 1) {
    const row = ((top + y) * width + left) * 3;
    for (let x = 0; x < count; x += 1, to += 3) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let at = row + (first[x] as number) * 3;
      const begin = x * stride;
      const end = begin + (taps[x] as number);
      for (let tap = begin; tap < end; tap += 1, at += 3) {
        const weight = weights[tap] as number;
        red = (red + Math.imul(rgb[at] as number, weight)) | 0;
        green = (green + Math.imul(rgb[at + 1] as number, weight)) | 0;
        blue = (blue + Math.imul(rgb[at + 2] as number, weight)) | 0;
      }
      out[to] = red >> PRECISION_BITS;
      out[to + 1] = green >> PRECISION_BITS;
      out[to + 2] = blue >> PRECISION_BITS;
    }
  }
  return out;
}

/**
 * @param data rows of `width` pixels, `rowStride` bytes apart, row 0 at `offset`
 * @returns [weights.count, width, 3]
 */
function resampleRows(
  data: Uint8Array | Uint8ClampedArray,
  offset: number,
  rowStride: number,
  width: number,
  { count, first, taps, stride, weights }: ResizeWeights,
): Uint8Array {
  const rowBytes = width * 3;
  const out = new Uint8ClampedArray(count * rowBytes);
  for (let y = 0, to = 0; y < count; y += 1) {
    const begin = y * stride;
    const end = begin + (taps[y] as number);
    const column = offset + (first[y] as number) * rowStride;
    for (let x = 0; x < rowBytes; x += 3, to += 3) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (let tap = begin, at = column + x; tap < end; tap += 1, at += rowStride) {
        const weight = weights[tap] as number;
        red = (red + Math.imul(data[at] as number, weight)) | 0;
        green = (green + Math.imul(data[at + 1] as number, weight)) | 0;
        blue = (blue + Math.imul(data[at + 2] as number, weight)) | 0;
      }
      out[to] = red >> PRECISION_BITS;
      out[to + 1] = green >> PRECISION_BITS;
      out[to + 2] = blue >> PRECISION_BITS;
    }
  }
  return new Uint8Array(out.buffer);
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
  const rowBytes = image.width * 3;

  if (down === undefined) {
    const top = source.top + window.top;
    const rows = resampleColumns(image, source.left, top, window.height, across as ResizeWeights);
    return new Uint8Array(rows.buffer);
  }
  if (across === undefined) {
    const offset = source.top * rowBytes + (source.left + window.left) * 3;
    return resampleRows(image.rgb, offset, rowBytes, window.width, down);
  }
  if (rowsFirst(source, request)) {
    const used = span(across);
    const offset = source.top * rowBytes + (source.left + used.from) * 3;
    const rgb = resampleRows(image.rgb, offset, rowBytes, used.length, down);
    const columns = resampleColumns({ rgb, width: used.length }, -used.from, 0, window.height, across);
    return new Uint8Array(columns.buffer);
  }
  const used = span(down);
  const rows = resampleColumns(image, source.left, source.top + used.from, used.length, across);
  return resampleRows(rows, -used.from * window.width * 3, window.width * 3, window.width, down);
}
