import type { ClipModel } from '../clip/clip-model';
import { input } from '../graph/operations';
import { createSession, type SessionOptions } from '../runtime/session';

export interface ImageEncoder {
  /**
   * @param pixels uint8 [count, size, size, 3], resized and cropped (data/images/preprocess.ts)
   * @returns [count, E], not normalised
   */
  encode(pixels: Uint8Array, count: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/** @throws CoopError `device.unavailable`, `file.access` */
export async function createImageEncoder(
  model: ClipModel,
  options: SessionOptions = {},
): Promise<ImageEncoder> {
  const { size } = model.preprocess;
  const features = model.imageFeatures(input('pixels', ['B', size, size, 3], 'uint8'));
  const session = await createSession({ features }, options);
  return {
    async encode(pixels, count) {
      const result = await session.run({ pixels: { data: pixels, shape: [count, size, size, 3] } });
      return result.features.data;
    },
    release: () => session.release(),
  };
}
