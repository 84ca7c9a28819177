import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { allFinite } from '../../files/tensors/all-finite';
import { CoopError, errorData } from '../../shared/errors';
import type { PreprocessSpec } from '../images/preprocess';
import type { ViewKey } from '../images/random-view';
import { unlessAborted } from '../unless-aborted';
import type { FeatureCache } from './feature-cache';
import { type ImagePool, imagePool } from './image-pool';

export interface ImageToEncode {
  /** Relative to `root`, or absolute; errors name the file so. */
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
  /** Asked for only when an image is not in the cache. Pixels are uint8 [count, size, size, 3], features [count, E]. */
  readonly encoder: () => Promise<{ encode(pixels: Uint8Array, count: number): Promise<Float32Array> }>;
  /** Null: every image is encoded, and nothing is kept. */
  readonly cache: FeatureCache | null;
  /** A random view of each image; absent: the test transform. */
  readonly view?: ViewKey;
  readonly batch?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: {
    readonly message: string;
    readonly done: number;
    readonly total: number;
    readonly unit: 'images';
    readonly perSecond: number;
  }) => void;
  readonly pool?: ImagePool;
}

export interface EncodeResult {
  /** [images, E] as the tower gave them; zeros where an image failed. */
  readonly features: Float32Array;
  /** By index. */
  readonly failed: readonly FailedImage[];
}

export interface FailedImage {
  readonly index: number;
  readonly error: CoopError;
}

/** Fills the cores, and bounds the memory of pixels waiting. */
const BATCH = 32;
/** Batches decoded ahead of the tower. */
const AHEAD = 2;
/** A kill loses no more encoding than this. */
const FLUSH_EVERY_MILLISECONDS = 5000;
/** Cache reads between two looks at other events. */
const READS_AT_ONCE = 256;

/** Places in the list whose files have the same bytes. */
type Group = readonly number[];

interface Decoded {
  readonly groups: readonly Group[];
  /** Pixels of the groups that could be decoded, one image each. */
  readonly good: readonly Group[];
  readonly pixels: Uint8Array;
}

/**
 * Features of images, from the cache or by decoding and preprocessing (threads, image-pool.ts) and encoding. While one
 * batch is in the tower, the next ones are decoded; equal files are encoded once. A broken image, or one that is no longer
 * the file that was scanned, is listed, not fatal. What was encoded before a cancellation or an error is kept.
 * @throws what the encoder throws; the signal's reason
 */
export async function encodeImages(options: EncodeOptions): Promise<EncodeResult> {
  const { images, cache, width, signal } = options;
  const features = new Float32Array(images.length * width);
  const failed: FailedImage[] = [];
  try {
    const missing = await fromCache(options, features);
    if (missing.length > 0) await encodeMissing(missing, options, features, failed);
    signal?.throwIfAborted();
  } finally {
    await cache?.flush();
  }
  return { features, failed: failed.sort((a, b) => a.index - b.index) };
}

/** Fills in what the cache has; returns the rest, equal files together. */
async function fromCache(
  { images, cache, width, signal }: EncodeOptions,
  features: Float32Array,
): Promise<Group[]> {
  const missing = new Map<string, number[]>();
  for (const [index, { hash }] of images.entries()) {
    if (index % READS_AT_ONCE === READS_AT_ONCE - 1) await nextTurn();
    signal?.throwIfAborted();
    const group = missing.get(hash);
    const known = group === undefined ? cache?.get(hash) : undefined;
    // What was kept before features were checked may have no direction.
    if (known?.some(value => value !== 0) === true) features.set(known, index * width);
    else if (group === undefined) missing.set(hash, [index]);
    else group.push(index);
  }
  return [...missing.values()];
}

async function encodeMissing(
  missing: readonly Group[],
  options: EncodeOptions,
  features: Float32Array,
  failed: FailedImage[],
): Promise<void> {
  const { batch = BATCH, signal, onProgress } = options;
  const total = missing.reduce((sum, group) => sum + group.length, 0);
  const started = performance.now();
  let done = 0;
  let flushed = started;
  const decoding: Promise<Decoded>[] = [];
  let start = 0;
  const decodeAhead = () => {
    for (; decoding.length <= AHEAD && start < missing.length; start += batch) {
      const decoded = decodeBatch(missing.slice(start, start + batch), options, failed);
      // Awaited in its turn; a failure meanwhile is not unhandled.
      decoded.catch(() => undefined);
      decoding.push(decoded);
    }
  };
  decodeAhead();
  const encoder = await options.encoder();
  const encode = async ({ groups, good, pixels }: Decoded): Promise<void> => {
    if (good.length > 0) keep(await encoder.encode(pixels, good.length), good, options, features);
    done += groups.reduce((sum, group) => sum + group.length, 0);
    const now = performance.now();
    const perSecond = (done * 1000) / Math.max(1, now - started);
    if (signal?.aborted !== true)
      onProgress?.({ message: 'Encoding images', done, total, unit: 'images', perSecond });
    if (now - flushed < FLUSH_EVERY_MILLISECONDS) return;
    flushed = now;
    await options.cache?.flush();
  };
  let encoding: Promise<void> = Promise.resolve();
  for (let ready = decoding.shift(); ready !== undefined; ready = decoding.shift()) {
    decodeAhead();
    const decoded = await ready;
    await unlessAborted(encoding, signal);
    encoding = encode(decoded);
    encoding.catch(() => undefined);
  }
  await unlessAborted(encoding, signal);
}

function keep(
  encoded: Float32Array,
  groups: readonly Group[],
  { images, cache, width }: EncodeOptions,
  features: Float32Array,
): void {
  if (encoded.length !== groups.length * width)
    throw new RangeError(`${encoded.length} values are not ${groups.length} features of width ${width}`);
  for (const [at, group] of groups.entries()) {
    const values = encoded.subarray(at * width, (at + 1) * width);
    for (const index of group) features.set(values, index * width);
    if (allFinite(values)) cache?.put(images[group[0]!]!.hash, values);
  }
}

async function decodeBatch(
  groups: readonly Group[],
  options: EncodeOptions,
  failed: FailedImage[],
): Promise<Decoded> {
  const side = options.preprocess.size ** 2 * 3;
  const loaded = await Promise.all(groups.map(group => loadGroup(group, options, failed)));
  const good = groups.filter((_, at) => loaded[at] !== undefined);
  const pixels = new Uint8Array(good.length * side);
  for (const [at, image] of loaded.filter(image => image !== undefined).entries())
    pixels.set(image, at * side);
  return { groups, good, pixels };
}

/** The first file of the group that can be read stands for all. */
async function loadGroup(
  group: Group,
  { images, root, preprocess: spec, view, pool = imagePool, signal }: EncodeOptions,
  failed: FailedImage[],
): Promise<Uint8Array | undefined> {
  const problems: FailedImage[] = [];
  for (const index of group) {
    const { path: relative, hash } = images[index]!;
    try {
      const job = { file: path.resolve(root, relative), subject: relative, hash, spec };
      return await pool.load(view === undefined ? job : { ...job, view }, signal);
    } catch (thrown) {
      signal?.throwIfAborted();
      problems.push({ index, error: CoopError.fromData(errorData(thrown)) });
    }
  }
  failed.push(...problems);
  return undefined;
}
