import type { EncodeResult } from '../features/encode-images';
import type { DatasetImage } from './load-dataset';

/** Images with their features; images that turned out to be broken are left out. */
export interface EncodedImages {
  readonly images: readonly DatasetImage[];
  /** [images, E], as the tower gave them (not normalised). */
  readonly features: Float32Array;
  readonly labels: Int32Array;
  readonly failed: readonly { readonly path: string; readonly detail: string }[];
}

/**
 * @param features [images, E]; rows of failed images are passed over
 * @param width E
 */
export function encodedImages(
  images: readonly DatasetImage[],
  features: Float32Array,
  width: number,
  failed: EncodeResult['failed'],
): EncodedImages {
  if (failed.length === 0) return { images, features, labels: labelsOf(images), failed: [] };
  const broken = new Map(failed.map(({ index, error }) => [index, error.message]));
  const kept = [...images.keys()].filter(index => !broken.has(index));
  const values = new Float32Array(kept.length * width);
  for (const [row, index] of kept.entries())
    values.set(features.subarray(index * width, (index + 1) * width), row * width);
  const whole = kept.map(index => images[index]!);
  return {
    images: whole,
    features: values,
    labels: labelsOf(whole),
    failed: [...broken].map(([index, detail]) => ({ path: images[index]!.path, detail })),
  };
}

const labelsOf = (images: readonly DatasetImage[]) => Int32Array.from(images, ({ label }) => label);
