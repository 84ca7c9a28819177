import { input, matmul } from '../graph/operations';
import { createSession } from '../runtime/create-session';
import { unitRows } from './unit-features';

export interface NearestClassesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Images that have their class so far. */
  readonly onProgress?: (done: number) => void;
}

/** Products that take less time here than a session takes to be made. */
const SMALL = 2 ** 24;
/** Cosines of one run: 64 MB. */
const COSINES_PER_RUN = 2 ** 24;
/** Half the distance from 1 to the next float32. */
const ROUNDING = 2 ** -24;

/**
 * The class with the highest cosine of each image: exactly the predictions of `classify`, without its probabilities, and
 * fast where images and classes are many. float32 products by onnxruntime leave the classes that rounding cannot tell apart
 * (an error of at most width roundings on either side); those are compared in float64.
 * @param images [n, width] image features, not necessarily unit
 * @param texts [classes, width] unit text features
 * @returns [n] class, the first of equals
 * @throws CoopError as unitRows; the signal's reason
 */
export async function nearestClasses(
  images: Float32Array,
  texts: Float32Array,
  width: number,
  { signal, onProgress }: NearestClassesOptions = {},
): Promise<Int32Array> {
  const units = unitRows(images, width);
  const [count, classes] = [units.length / width, texts.length / width];
  const predictions = new Int32Array(count);
  const answer = (image: number, candidates: Iterable<number>) => {
    let best = Number.NEGATIVE_INFINITY;
    for (const c of candidates) {
      let cosine = 0;
      for (let e = 0; e < width; e++) cosine += units[image * width + e]! * texts[c * width + e]!;
      if (cosine > best) {
        best = cosine;
        predictions[image] = c;
      }
    }
    if (best === Number.NEGATIVE_INFINITY)
      throw new RangeError(`image ${image} has no cosine that is a number with any of ${classes} classes`);
  };
  if (count * classes * width <= SMALL) {
    const all = Array.from({ length: classes }, (_, c) => c);
    for (let image = 0; image < count; image++) answer(image, all);
    return predictions;
  }
  const session = await createSession({
    cosines: matmul(input('images', ['B', width]), input('texts', ['C', width]), { transposeB: true }),
  });
  try {
    const step = Math.max(1, Math.floor(COSINES_PER_RUN / classes));
    for (let start = 0; start < count; start += step) {
      signal?.throwIfAborted();
      const rows = Math.min(step, count - start);
      const { cosines } = await session.run({
        images: { data: units.slice(start * width, (start + rows) * width), shape: [rows, width] },
        texts: { data: texts, shape: [classes, width] },
      });
      for (let row = 0; row < rows; row++)
        answer(
          start + row,
          near(cosines.data.subarray(row * classes, (row + 1) * classes), 2 * width * ROUNDING),
        );
      onProgress?.(start + rows);
    }
  } finally {
    await session.release();
  }
  return predictions;
}

/** Places of all values within a distance of the greatest. */
function near(values: Float32Array, distance: number): number[] {
  let best = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > best) best = value;
  const found: number[] = [];
  for (let at = 0; at < values.length; at++) if (values[at]! >= best - distance) found.push(at);
  return found;
}
