import type { SessionOptions } from '../../runtime/session';
import type { ClipModel } from '../parts/clip-model';
import { checkFeatures } from './check-features';

export interface ImageEncoder {
  /**
   * @param pixels uint8 [count, size, size, 3], resized and cropped (data/images/preprocess.ts)
   * @returns [count, E], not normalised
   */
  encode(pixels: Uint8Array, count: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Images of one run; bounds the memory of activations (a ResNet-50 at 224 pixels: about 0.4 GB). */
const IMAGES_PER_RUN = 32;

const CHANNELS = 3;

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
  const session = await model.images.open(options);
  return {
    async encode(pixels, count) {
      if (pixels.length !== count * imageBytes)
        throw new RangeError(`${pixels.length} bytes are not ${count} images of ${size} × ${size} × 3`);
      const out = new Float32Array(count * model.embedWidth);
      for (let start = 0; start < count; start += IMAGES_PER_RUN) {
        const end = Math.min(count, start + IMAGES_PER_RUN);
        const data = pixels.slice(start * imageBytes, end * imageBytes);
        const features = await session.encode(data, end - start);
        await checkFeatures(features, model, 'an image', session.device);
        out.set(features, start * model.embedWidth);
      }
      return out;
    },
    release: () => session.release(),
  };
}
