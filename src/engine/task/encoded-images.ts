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
  const whole = withoutRows(
    { images, features, labels: labelsOf(images), failed: [] },
    [...broken.keys()],
    width,
  );
  return { ...whole, failed: [...broken].map(([index, detail]) => ({ path: images[index]!.path, detail })) };
}

/** Encoded images less those of some rows. @param width E */
export function withoutRows(
  { images, features, failed }: EncodedImages,
  rows: readonly number[],
  width: number,
): EncodedImages {
  const out = new Set(rows);
  const kept = [...images.keys()].filter(row => !out.has(row));
  const values = new Float32Array(kept.length * width);
  for (const [at, row] of kept.entries())
    values.set(features.subarray(row * width, (row + 1) * width), at * width);
  const left = kept.map(row => images[row]!);
  return { images: left, features: values, labels: labelsOf(left), failed };
}

/** Images after images. */
export function joinedImages(parts: readonly EncodedImages[]): EncodedImages {
  const features = new Float32Array(parts.reduce((sum, part) => sum + part.features.length, 0));
  let at = 0;
  for (const part of parts) {
    features.set(part.features, at);
    at += part.features.length;
  }
  const images = parts.flatMap(part => part.images);
  return { images, features, labels: labelsOf(images), failed: parts.flatMap(({ failed }) => failed) };
}

const labelsOf = (images: readonly DatasetImage[]) => Int32Array.from(images, ({ label }) => label);
