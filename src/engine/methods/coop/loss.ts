import type { Node } from '../../graph/node';
import { divide, logSoftmax, matmul, mean, multiply, oneHot, scale, sqrt, sum } from '../../graph/operations';

/** Rows divided by their Euclidean length. */
export function unitRows(x: Node): Node {
  return divide(x, sqrt(sum(multiply(x, x), [1], true)));
}

/**
 * Mean softmax cross-entropy of CLIP's logits, scale · cos(image, text), without label smoothing
 * (paper eq. 2; reference: trainers/coop.py, F.cross_entropy).
 * @param features [classes, E] text features, not normalised
 * @param images [B, E] image features, not normalised
 * @param labels int64 [B]
 * @param logitScale exp of the model's stored scale
 */
export function contrastiveLoss(features: Node, images: Node, labels: Node, logitScale: number): Node {
  const logits = matmul(unitRows(images), unitRows(features), { transposeB: true, scale: logitScale });
  const picked = multiply(logSoftmax(logits), oneHot(labels, features.shape[0]!));
  return scale(mean(sum(picked, [1]), [0]), -1);
}
