import webp from '@jsquash/webp/codec/dec/webp_dec.js';
import { checkData, checkSize, type DecodedImage, unreadable } from './decoded-image';
import { type CodecFactory, CodecFailure, wasmCodec } from './wasm-codec';
import { readWebp } from './webp-container';

interface WebpModule {
  /** RGBA, not premultiplied; null for what cannot be decoded. */
  decode(
    data: Uint8Array,
  ): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null;
}

const codec = wasmCodec('webp_dec.wasm', webp as unknown as CodecFactory<WebpModule>);

/** A picture of one colour takes next to nothing; a large one is no photo. */
const MAX_PIXELS_PER_BYTE = 1 << 16;

/** Drops the alpha channel: [height, width, 4] → [height, width, 3]. */
function dropAlpha(rgba: Uint8ClampedArray, pixels: number): Uint8Array {
  const rgb = new Uint8Array(pixels * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = rgba[from] as number;
    rgb[to + 1] = rgba[from + 1] as number;
    rgb[to + 2] = rgba[from + 2] as number;
  }
  return rgb;
}

/**
 * WebP → RGB through libwebp: lossy, lossless, with or without alpha (dropped); of an animation the first frame on a black canvas.
 * @throws CoopError `image.unreadable`, `image.tooLarge`
 */
export async function decodeWebp(bytes: Uint8Array, subject: string): Promise<DecodedImage> {
  const file = readWebp(bytes, subject);
  checkSize(subject, file);
  checkData(subject, 'WebP', file, bytes.length, MAX_PIXELS_PER_BYTE);
  const { width, height, frame } = file;
  const pixels = frame.width * frame.height;
  let picture: Uint8Array;
  try {
    const image = await codec.run(pixels, module => module.decode(file.still));
    if (image === null || image.width !== frame.width || image.height !== frame.height)
      throw unreadable(subject, 'the WebP data are damaged or truncated');
    picture = dropAlpha(image.data, pixels);
  } catch (thrown) {
    if (thrown instanceof CodecFailure)
      throw unreadable(subject, `the WebP decoder says “${thrown.message}”`, thrown);
    throw thrown;
  }
  const facts = {
    width,
    height,
    format: 'webp',
    mode: file.hasAlpha ? 'RGBA' : 'RGB',
    exifOrientation: file.exifOrientation,
  } as const;
  if (frame.width === width && frame.height === height) return { ...facts, rgb: picture };
  const rgb = new Uint8Array(width * height * 3);
  for (let row = 0; row < frame.height; row += 1) {
    const line = picture.subarray(row * frame.width * 3, (row + 1) * frame.width * 3);
    rgb.set(line, ((frame.top + row) * width + frame.left) * 3);
  }
  return { ...facts, rgb };
}
