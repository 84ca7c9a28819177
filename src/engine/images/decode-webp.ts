import webp from '@jsquash/webp/codec/dec/webp_dec.js';
import { checkSize, type DecodedImage, unreadable } from './decoded-image';
import { type CodecFactory, CodecFailure, dropAlpha, wasmDecoder } from './wasm-codec';
import { readWebp } from './webp-container';

const decodeWasm = wasmDecoder('webp_dec.wasm', webp as unknown as CodecFactory);

/**
 * WebP → RGB through libwebp: lossy, lossless, with or without alpha (dropped); of an animation the first frame on a black canvas.
 * @throws CoopError `image.unreadable`, `image.tooLarge`
 */
export async function decodeWebp(bytes: Uint8Array, subject: string): Promise<DecodedImage> {
  const file = readWebp(bytes, subject);
  checkSize(subject, file);
  const { width, height, frame } = file;
  const pixels = frame.width * frame.height;
  let picture: Uint8Array;
  try {
    const { image } = await decodeWasm(file.still, pixels);
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
