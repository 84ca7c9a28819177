import path from 'node:path';
import { imagePool } from '../features/image-pool';
import type { PreprocessSpec } from '../images/preprocess';
import { unitRows } from '../measure/unit-features';
import type { DatasetImage } from './load-dataset';
import type { Work } from './work';

/** Two files that show the same picture: compressed again, in another size or format. */
export interface NearDuplicate {
  /** The image that was asked about, and the one it repeats. */
  readonly image: DatasetImage;
  readonly of: DatasetImage;
}

/** Images with their features. */
export interface Featured {
  readonly images: readonly DatasetImage[];
  /** [images, E] */
  readonly features: Float32Array;
}

/**
 * A model sees copies of a picture as nearly the same, and now and then two pictures, too: above this cosine the pixels are
 * looked at. Different icons reach 0.97; a copy at half the size stays above 0.98.
 */
const COSINE = 0.95;
/** Correlation of pixels, 32 × 32. Of the sample's 1636 pictures the two most alike reach 0.89, copies at least 0.99. */
const CORRELATION = 0.97;
const SIDE = 32;
/** Pairs compared between two looks at the signal. */
const CHECK_EVERY = 1 << 20;

/**
 * Which images are a copy of one of the others, of the same class, by features and then by pixels.
 * @param width E
 * @param folder of the images' paths
 * @throws the signal's reason
 */
export async function nearDuplicates(
  asked: Featured,
  others: Featured,
  width: number,
  folder: string,
  spec: PreprocessSpec,
  { signal }: Work = {},
): Promise<NearDuplicate[]> {
  const pixels = new Map<DatasetImage, Promise<Uint8Array | null>>();
  const pixelsOf = (image: DatasetImage) => {
    const known = pixels.get(image);
    if (known !== undefined) return known;
    const job = {
      file: path.resolve(folder, image.path),
      subject: image.path,
      hash: image.hash,
      spec: { ...spec, size: SIDE, resize: { width: SIDE, height: SIDE } },
    };
    // One that cannot be read any more is no copy of anything.
    const loading = imagePool.load(job, signal).catch(() => null);
    pixels.set(image, loading);
    return loading;
  };
  const found: NearDuplicate[] = [];
  for (const [image, candidates] of alike(asked, others, width, signal)) {
    for (const of of candidates) {
      const [one, other] = [await pixelsOf(image), await pixelsOf(of)];
      signal?.throwIfAborted();
      if (one === null || other === null || correlation(one, other) < CORRELATION) continue;
      found.push({ image, of });
      break;
    }
  }
  return found;
}

/** Each image with those of its class whose features are near, nearest first. */
function alike(
  asked: Featured,
  others: Featured,
  width: number,
  signal: AbortSignal | undefined,
): Map<DatasetImage, DatasetImage[]> {
  const [a, b] = [unitRows(asked.features, width), unitRows(others.features, width)];
  const byLabel = new Map<number, number[]>();
  for (const [at, { label }] of others.images.entries()) {
    const known = byLabel.get(label);
    if (known === undefined) byLabel.set(label, [at]);
    else known.push(at);
  }
  const near = new Map<DatasetImage, DatasetImage[]>();
  let compared = 0;
  for (const [i, image] of asked.images.entries()) {
    const candidates: { readonly of: DatasetImage; readonly cosine: number }[] = [];
    for (const j of byLabel.get(image.label) ?? []) {
      if (++compared % CHECK_EVERY === 0) signal?.throwIfAborted();
      let cosine = 0;
      for (let e = 0; e < width; e++) cosine += a[i * width + e]! * b[j * width + e]!;
      if (cosine > COSINE) candidates.push({ of: others.images[j]!, cosine });
    }
    if (candidates.length === 0) continue;
    near.set(
      image,
      candidates.sort((x, y) => y.cosine - x.cosine).map(({ of }) => of),
    );
  }
  return near;
}

/** Pearson's correlation of all bytes; pictures of one colour correlate with nothing but the same colour. */
function correlation(x: Uint8Array, y: Uint8Array): number {
  const mean = (values: Uint8Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [u, v] = [x[i]! - meanX, y[i]! - meanY];
    xy += u * v;
    xx += u * u;
    yy += v * v;
  }
  if (xx === 0 || yy === 0) return Number(xx === yy && Math.abs(meanX - meanY) < 1);
  return xy / Math.sqrt(xx * yy);
}
