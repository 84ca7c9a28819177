import { CoopError } from '../../shared/errors';

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'bmp' | 'tiff' | 'pnm';

/** One image as the model's transform sees it: RGB after Pillow's `convert('RGB')`, alpha dropped, never composited. */
export interface DecodedImage {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** [height, width, 3] uint8, interleaved. */
  readonly rgb: Uint8Array;
  readonly format: ImageFormat;
  /** Pillow's name of the mode stored in the file: `RGB`, `RGBA`, `L`, `LA`, `P`, `1`, `I`, `I;16`, `CMYK`. */
  readonly mode: string;
  /** EXIF orientation 1..8; 1 when the file has none. The pixels are NOT turned (CLIP and CoOp ignore the tag). */
  readonly exifOrientation: number;
}

/** What a header promises before anything is decoded. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** A larger image is refused from its header, before memory is taken for it. */
export const MAX_PIXELS = 200_000_000;

export function unreadable(subject: string, cause: string, thrown?: unknown): CoopError {
  return new CoopError('image.unreadable', `${subject} cannot be read: ${cause}.`, {
    subject,
    next: 'Replace the file or remove it from the folder.',
    ...(thrown === undefined ? {} : { cause: thrown }),
  });
}

/** A sound file of a kind that is not read. */
export function unsupported(subject: string, kind: string): CoopError {
  return new CoopError('image.unreadable', `${subject} cannot be read: ${kind} is not supported.`, {
    subject,
    next: 'Save it as PNG (“magick FILE FILE.png”), or remove it from the folder.',
  });
}

/** What no data at all may stand for: a background, a margin of a tile. */
const PIXELS_FOR_NOTHING = 1 << 22;

/**
 * Refuses a file whose data cannot make up its size, before memory is taken for it (CWE-789).
 * @param ratio pixels that a byte of the format stands for at most
 * @throws CoopError `image.unreadable`
 */
export function checkData(
  subject: string,
  format: string,
  { width, height }: ImageSize,
  bytes: number,
  ratio: number,
): void {
  if (width * height > bytes * ratio + PIXELS_FOR_NOTHING)
    throw unreadable(subject, `the ${format} has far too little data for ${width} × ${height} pixels`);
}

/**
 * @throws CoopError `image.unreadable` for an empty side, `image.tooLarge` above MAX_PIXELS
 */
export function checkSize(subject: string, { width, height }: ImageSize): void {
  if (width < 1 || height < 1) throw unreadable(subject, `its header says ${width} × ${height} pixels`);
  if (width * height <= MAX_PIXELS) return;
  throw new CoopError(
    'image.tooLarge',
    `${subject} has ${width} × ${height} pixels (${Math.round((width * height) / 1e6)} megapixels); the limit is ${MAX_PIXELS / 1e6}.`,
    { subject, next: 'Scale the image down; the model sees a few hundred pixels of it.' },
  );
}
