import type { Classified } from './zero-shot';

/**
 * Answers over some of the classes: the softmax of their logits alone, which is that of all logits, made to sum to one;
 * probabilities that stand for themselves stay as they are.
 * @param kept labels, ascending; predictions are indices into them, the first of equals
 */
export function answersAmong(all: Classified, kept: readonly number[]): Classified {
  const { predictions, probabilities, independent } = all;
  const count = predictions.length;
  const classes = count === 0 ? 0 : probabilities.length / count;
  if (kept.length === classes) return all;
  const [best, shares] = [new Int32Array(count), new Float64Array(count * kept.length)];
  for (let i = 0; i < count; i++) {
    let sum = 0;
    let greatest = -1;
    for (const [at, label] of kept.entries()) {
      const share = probabilities[i * classes + label]!;
      shares[i * kept.length + at] = share;
      sum += share;
      if (share > greatest) {
        greatest = share;
        best[i] = at;
      }
    }
    if (independent) continue;
    for (let at = 0; at < kept.length; at++) shares[i * kept.length + at]! /= sum;
  }
  return { predictions: best, probabilities: shares, ...(independent ? { independent } : {}) };
}
