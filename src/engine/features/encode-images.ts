import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { errorData } from '../../shared/errors';
import { decodeImage } from '../data/images/decode-image';
import { type PreprocessSpec, preprocess } from '../data/images/preprocess';
import type { FeatureCache } from './feature-cache';

export interface ImageToEncode {
  /** Relative to `root`. */
  readonly path: string;
  /** sha256 of the file, hex. */
  readonly hash: string;
}

export interface EncodeOptions {
  readonly images: readonly ImageToEncode[];
  readonly root: string;
  readonly preprocess: PreprocessSpec;
  /** E */
  readonly width: number;
  /** Asked for only when an image is not in the cache. */
  readonly encoder: () => Promise<{ encode(pixels: Uint8Array, count: number): Promise<Float32Array> }>;
  readonly cache: FeatureCache;
  readonly batch?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: {
    readonly message: string;
    readonly done: number;
    readonly total: number;
    readonly unit: string;
  }) => void;
}

export interface EncodeResult {
  /** [images, E] as the tower gave them; zeros where an image failed. */
  readonly features: Float32Array;
  readonly failed: readonly { readonly index: number; readonly detail: string }[];
}

/** Fills the cores, and bounds the memory of pixels waiting. */
const BATCH = 32;

/**
 * Features of images, from the cache or by decoding, preprocessing and encoding. While one batch is in the tower (a
 * thread of its own), the next one is decoded. A broken image is listed, not fatal.
 */
export async function encodeImages(options: EncodeOptions): Promise<EncodeResult> {
  const { images, cache, width, batch = BATCH, signal, onProgress } = options;
  const features = new Float32Array(images.length * width);
  const failed: { index: number; detail: string }[] = [];
  const missing: number[] = [];
  for (const [index, { hash }] of images.entries()) {
    const known = cache.get(hash);
    if (known === undefined) missing.push(index);
    else features.set(known, index * width);
  }
  if (missing.length === 0) return { features, failed };
  const encoder = await options.encoder();
  let encoding: Promise<void> = Promise.resolve();
  let done = 0;
  for (let start = 0; start < missing.length; start += batch) {
    signal?.throwIfAborted();
    const ready = await decodeBatch(missing.slice(start, start + batch), options, failed);
    await encoding;
    encoding = (async () => {
      if (ready.indices.length > 0) {
        const encoded = await encoder.encode(ready.pixels, ready.indices.length);
        for (const [at, index] of ready.indices.entries()) {
          const values = encoded.slice(at * width, (at + 1) * width);
          features.set(values, index * width);
          cache.put(images[index]!.hash, values);
        }
      }
      done += Math.min(batch, missing.length - start);
      onProgress?.({ message: 'Encoding images', done, total: missing.length, unit: 'images' });
    })();
    // Awaited in the next round; a failure meanwhile is not unhandled.
    encoding.catch(() => undefined);
  }
  await encoding;
  await cache.flush();
  return { features, failed };
}

async function decodeBatch(
  indices: readonly number[],
  { images, root, preprocess: spec }: EncodeOptions,
  failed: { index: number; detail: string }[],
): Promise<{ readonly indices: readonly number[]; readonly pixels: Uint8Array }> {
  const side = spec.size * spec.size * 3;
  const pixels = new Uint8Array(indices.length * side);
  const good: number[] = [];
  for (const index of indices) {
    const file = path.join(root, images[index]!.path);
    try {
      const image = await decodeImage(await readFile(file), { subject: images[index]!.path });
      pixels.set(preprocess(image, spec), good.length * side);
      good.push(index);
    } catch (thrown) {
      failed.push({ index, detail: errorData(thrown).message });
    }
  }
  return { indices: good, pixels: pixels.subarray(0, good.length * side) };
}
