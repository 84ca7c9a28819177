import { unitRows } from './unit-features';

export interface Classified {
  /** [images] the class with the highest cosine; the first of equals, as torch.max on the CPU. */
  readonly predictions: Int32Array;
  /** [images, classes] softmax of scale · cosine. */
  readonly probabilities: Float64Array;
}

/**
 * CLIP's zero-shot classification (paper eq. 1).
 * @param images [n, width] image features, not necessarily unit
 * @param texts [classes, width] unit text features
 * @param logitScale exp of the model's stored scale
 * @throws CoopError as unitRows; RangeError for text features that are no numbers
 */
export function classify(
  images: Float32Array,
  texts: Float32Array,
  width: number,
  logitScale: number,
): Classified {
  const units = unitRows(images, width);
  const count = units.length / width;
  const classes = texts.length / width;
  const predictions = new Int32Array(count);
  const probabilities = new Float64Array(count * classes);
  for (let i = 0; i < count; i++) {
    let best = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) {
      let cosine = 0;
      for (let e = 0; e < width; e++) cosine += units[i * width + e]! * texts[c * width + e]!;
      probabilities[i * classes + c] = logitScale * cosine;
      if (cosine > best) {
        best = cosine;
        predictions[i] = c;
      }
    }
    if (best === Number.NEGATIVE_INFINITY)
      throw new RangeError(`image ${i} has no cosine that is a number with any of ${classes} classes`);
    softmax(probabilities.subarray(i * classes, (i + 1) * classes), logitScale * best);
  }
  return { predictions, probabilities };
}

/** Logits to probabilities, in place; `greatest` is the greatest logit. */
export function softmax(logits: Float64Array, greatest: number): void {
  let sum = 0;
  for (let c = 0; c < logits.length; c++) {
    logits[c] = Math.exp(logits[c]! - greatest);
    sum += logits[c]!;
  }
  for (let c = 0; c < logits.length; c++) logits[c] = logits[c]! / sum;
}
