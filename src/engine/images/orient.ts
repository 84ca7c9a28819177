import type { RgbImage } from './resize';

/**
 * Turns and mirrors a picture upright by its EXIF orientation (2 mirrored, 3 half turn, 6 and 8 quarter turns, 4, 5, 7 mirrored
 * ones); 5..8 exchange width and height.
 */
export function orient<Image extends RgbImage>(image: Image, orientation: number): Image {
  if (orientation <= 1 || orientation > 8) return image;
  const { width, height, rgb } = image;
  const turned = orientation >= 5;
  const outWidth = turned ? height : width;
  const outHeight = turned ? width : height;
  // Offset of the source pixel of output (0, 0) and its change along output columns and rows.
  const fromRight = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const fromBottom = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  const alongWidth = (fromRight ? -1 : 1) * 3;
  const alongHeight = (fromBottom ? -1 : 1) * width * 3;
  const columnStep = turned ? alongHeight : alongWidth;
  const rowStep = turned ? alongWidth : alongHeight;
  const start = ((fromBottom ? height - 1 : 0) * width + (fromRight ? width - 1 : 0)) * 3;

  const out = new Uint8Array(rgb.length);
  for (let y = 0, to = 0; y < outHeight; y += 1) {
    for (let x = 0, at = start + y * rowStep; x < outWidth; x += 1, at += columnStep, to += 3) {
      out[to] = rgb[at] as number;
      out[to + 1] = rgb[at + 1] as number;
      out[to + 2] = rgb[at + 2] as number;
    }
  }
  return { ...image, width: outWidth, height: outHeight, rgb: out };
}
