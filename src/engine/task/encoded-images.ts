import type { EncodeResult } from '../features/encode-images';
import type { DatasetImage } from './load-dataset';

/** What a classifier reads of images. */
export interface ImageRows {
  /** [images, E], as the tower gave them (not normalised). */
  readonly features: Float32Array;
  /** [images, w] what the tower's projection read; empty where it has none. */
  readonly pooled: Float32Array;
}

/** Images with their features; images that turned out to be broken are left out. */
export interface EncodedImages extends ImageRows {
  readonly images: readonly DatasetImage[];
  readonly labels: Int32Array;
  readonly failed: readonly { readonly path: string; readonly detail: string }[];
}

/** @param rows of all images; those of failed ones are passed over */
export function encodedImages(
  images: readonly DatasetImage[],
  { features, pooled }: ImageRows,
  failed: EncodeResult['failed'],
): EncodedImages {
  const all = { images, features, pooled, labels: labelsOf(images), failed: [] };
  if (failed.length === 0) return all;
  const broken = new Map(failed.map(({ index, error }) => [index, error.message]));
  const whole = withoutRows(all, [...broken.keys()]);
  return { ...whole, failed: [...broken].map(([index, detail]) => ({ path: images[index]!.path, detail })) };
}

/** Encoded images less those of some rows. */
export function withoutRows(
  { images, features, pooled, failed }: EncodedImages,
  rows: readonly number[],
): EncodedImages {
  const out = new Set(rows);
  const kept = [...images.keys()].filter(row => !out.has(row));
  const keptOf = (values: Float32Array) => {
    const width = values.length / images.length;
    const some = new Float32Array(kept.length * width);
    for (const [at, row] of kept.entries())
      some.set(values.subarray(row * width, (row + 1) * width), at * width);
    return some;
  };
  const left = kept.map(row => images[row]!);
  return {
    images: left,
    features: keptOf(features),
    pooled: keptOf(pooled),
    labels: labelsOf(left),
    failed,
  };
}

/** Images after images. */
export function joinedImages(parts: readonly EncodedImages[]): EncodedImages {
  const images = parts.flatMap(part => part.images);
  return {
    images,
    features: joined(parts.map(({ features }) => features)),
    pooled: joined(parts.map(({ pooled }) => pooled)),
    labels: labelsOf(images),
    failed: parts.flatMap(({ failed }) => failed),
  };
}

/** Arrays one after the other. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const labelsOf = (images: readonly DatasetImage[]) => Int32Array.from(images, ({ label }) => label);
