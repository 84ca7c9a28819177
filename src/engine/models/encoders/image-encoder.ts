import os from 'node:os';
import type { Device, SessionOptions } from '../../runtime/session';
import type { ClipModel } from '../parts/clip-model';
import { checkFeatures } from './check-features';

export interface ImageEncoder {
  /**
   * @param pixels uint8 [count, size, size, 3], resized and cropped (data/images/preprocess.ts)
   * @returns [count, E], not normalised
   */
  encode(pixels: Uint8Array, count: number): Promise<Float32Array>;
  /** The same with what the projection read beside it: [count, E + w] (`encodedWidth`). */
  encodeBoth(pixels: Uint8Array, count: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Images of one run; bounds the memory of activations (a ResNet-50 at 224 pixels: about 0.4 GB). */
const IMAGES_PER_RUN = 32;

/**
 * Work of one core in one run: an image of ViT-B/16, four of B/32. Their rows stay in the core's cache from layer to layer, which
 * is a quarter of the time at B/16 beside 32 images at once.
 */
const FLOPS_PER_CORE_AND_RUN = 35e9;

function imagesPerRun({ images }: ClipModel, device: Device, cores: number): number {
  if (device !== 'cpu') return IMAGES_PER_RUN;
  const each = Math.max(1, Math.round(FLOPS_PER_CORE_AND_RUN / images.flops()));
  return Math.min(IMAGES_PER_RUN, cores * each);
}

const CHANNELS = 3;

/** E + w: a feature, and what its projection read; w is 0 where there is none. */
export function encodedWidth({ embedWidth, images }: ClipModel): number {
  return embedWidth + (images.projection?.width ?? 0);
}

/**
 * The image tower, normalisation included, for batches of any size.
 * @throws CoopError `device.unavailable`, `file.corrupt`, `file.access`; from `encode` as checkFeatures
 */
export async function createImageEncoder(
  model: ClipModel,
  options: SessionOptions = {},
): Promise<ImageEncoder> {
  const { size } = model.preprocess;
  const imageBytes = size * size * CHANNELS;
  // The threads that decode need the cores: one that waits for the others by spinning would keep them from it.
  const session = await model.images.open({ spin: false, ...options });
  const perRun = imagesPerRun(model, session.device, options.threads ?? os.availableParallelism());
  const encodeRows = async (pixels: Uint8Array, count: number, width: number): Promise<Float32Array> => {
    if (pixels.length !== count * imageBytes)
      throw new RangeError(`${pixels.length} bytes are not ${count} images of ${size} × ${size} × 3`);
    const out = new Float32Array(count * width);
    const put = (values: Float32Array, from: number, images: number, column: number) => {
      const each = values.length / images;
      for (let i = 0; i < images; i++)
        out.set(values.subarray(i * each, (i + 1) * each), (from + i) * width + column);
    };
    for (let start = 0; start < count; start += perRun) {
      const end = Math.min(count, start + perRun);
      const data = pixels.slice(start * imageBytes, end * imageBytes);
      const { features, pooled } = await session.encode(data, end - start);
      await checkFeatures(features, model, 'an image', session.device);
      put(features, start, end - start, 0);
      if (width > model.embedWidth) put(pooled!, start, end - start, model.embedWidth);
    }
    return out;
  };
  return {
    encode: (pixels, count) => encodeRows(pixels, count, model.embedWidth),
    encodeBoth: (pixels, count) => encodeRows(pixels, count, encodedWidth(model)),
    release: () => session.release(),
  };
}
