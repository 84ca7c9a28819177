import { type Classified, softmax } from './zero-shot';

/**
 * Answers by logits [images, classes], which become the probabilities: the first of equals, softmax over classes.
 * @throws RangeError for an image none of whose logits is a number
 */
export function fromLogits(logits: Float64Array, classes: number): Classified {
  const predictions = new Int32Array(logits.length / classes);
  for (let i = 0; i < predictions.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    let best = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) {
      if (row[c]! <= best || Number.isNaN(row[c]!)) continue;
      best = row[c]!;
      predictions[i] = c;
    }
    if (best === Number.NEGATIVE_INFINITY) throw new RangeError(`image ${i} has no logit that is a number`);
    softmax(row, best);
  }
  return { predictions, probabilities: logits };
}
