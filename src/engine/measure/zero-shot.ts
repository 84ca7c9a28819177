import { product } from './dense-product';
import { unitRows } from './unit-features';

export interface Classified {
  /** [images] the class with the highest cosine; the first of equals, as torch.max on the CPU. */
  readonly predictions: Int32Array;
  /** [images, classes] what `Similarity` makes of scale · cosine: their softmax, or each one's sigmoid. */
  readonly probabilities: Float64Array;
  /** True where each class's probability stands for itself: they need not sum to one. */
  readonly independent?: true;
}

/** How a family compares images with texts. */
export interface Similarity {
  /** What makes probabilities of logits. */
  readonly kind: 'softmax' | 'sigmoid';
  /** What cosines are multiplied by: exp of the stored scale. */
  readonly scale: number;
  /** Added to every logit; 0 where the family has none. */
  readonly bias: number;
  /**
   * @param images [n, E] image features, not necessarily unit
   * @param texts [classes, E] unit text features
   * @returns [n, classes] scale · cosine + bias
   * @throws CoopError as unitRows
   */
  logits(images: Float32Array, texts: Float32Array): Float64Array;
  /**
   * The same as answers. Scale and bias are one for all classes, so that the likeliest class is the nearest.
   * @throws CoopError as unitRows; RangeError for text features that are no numbers
   */
  classify(images: Float32Array, texts: Float32Array): Classified;
}

/** CLIP's: the classes share one probability among them (paper eq. 1). @param width E */
export function softmaxSimilarity(width: number, scale: number): Similarity {
  return {
    kind: 'softmax',
    scale,
    bias: 0,
    logits: (images, texts) => logitsOf(cosinesOf(images, texts, width), scale, 0),
    classify: (images, texts) => classify(images, texts, width, scale),
  };
}

/**
 * SigLIP's: each class is a question of its own, whether the image shows it (Zhai et al., ICCV 2023, eq. 1; transformers,
 * SiglipModel: sigmoid(logits_per_image)).
 * @param width E
 */
export function sigmoidSimilarity(width: number, scale: number, bias: number): Similarity {
  const logits = (images: Float32Array, texts: Float32Array) =>
    logitsOf(cosinesOf(images, texts, width), scale, bias);
  return {
    kind: 'sigmoid',
    scale,
    bias,
    logits,
    classify: (images, texts) => {
      const cosines = cosinesOf(images, texts, width);
      const predictions = nearest(cosines, texts.length / width);
      const probabilities = logitsOf(cosines, scale, bias).map(logit => 1 / (1 + Math.exp(-logit)));
      return { predictions, probabilities, independent: true };
    },
  };
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
  const cosines = cosinesOf(images, texts, width);
  const classes = texts.length / width;
  const predictions = nearest(cosines, classes);
  const probabilities = logitsOf(cosines, logitScale, 0);
  for (const [i, best] of predictions.entries()) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    softmax(row, row[best]!);
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

/** Images whose doubles are held at once. */
const BLOCK = 512;

/** [images, classes] */
function cosinesOf(images: Float32Array, texts: Float32Array, width: number): Float64Array {
  const units = unitRows(images, width);
  const count = units.length / width;
  const classes = texts.length / width;
  const columns = new Float64Array(texts);
  const cosines = new Float64Array(count * classes);
  for (let from = 0; from < count; from += BLOCK) {
    const rows = new Float64Array(units.subarray(from * width, (from + BLOCK) * width));
    cosines.set(product(rows, columns, width), from * classes);
  }
  return cosines;
}

/** The greatest of each row, the first of equals. */
function nearest(cosines: Float64Array, classes: number): Int32Array {
  const predictions = new Int32Array(cosines.length / classes);
  for (let i = 0; i < predictions.length; i++) {
    let best = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) {
      const cosine = cosines[i * classes + c]!;
      if (!(cosine > best)) continue;
      best = cosine;
      predictions[i] = c;
    }
    if (best === Number.NEGATIVE_INFINITY)
      throw new RangeError(`image ${i} has no cosine that is a number with any of ${classes} classes`);
  }
  return predictions;
}

/** A bias of zero is not added: it would turn −0 into 0. */
const logitsOf = (cosines: Float64Array, scale: number, bias: number) =>
  bias === 0 ? cosines.map(cosine => scale * cosine) : cosines.map(cosine => scale * cosine + bias);
