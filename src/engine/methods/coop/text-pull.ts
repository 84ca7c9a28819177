import type { Node } from '../../graph/node';
import { add, constant, mean, multiply, scalar, scale, sum } from '../../graph/operations';
import { unitRows } from './loss';

/** A hand-written line that the learned text features are held to. */
export interface TextPull {
  /** λ, not zero. */
  readonly weight: number;
  /** [classes, E] unit rows: its text features. */
  readonly towards: Float32Array;
}

/**
 * λ · mean over classes of 1 − cos(learned, given) (Yao et al., KgCoOp, CVPR 2023, eq. 4; reference: trainers/kgcoop.py).
 * @param features [classes, E] text features, not normalised
 * @param classes rows of `towards`
 */
export function textPull(features: Node, { weight, towards }: TextPull, classes: number): Node {
  const given = constant(towards, [classes, towards.length / classes]);
  const cosines = sum(multiply(unitRows(features), given), [1]);
  return scale(add(scalar(1), scale(mean(cosines, [0]), -1)), weight);
}
