import type { Node } from '../../graph/node';
import { add, constant, input, mean, multiply, scalar, scale, sum } from '../../graph/operations';
import type { Feed } from '../../runtime/session';
import { unitRows } from './loss';

/** A hand-written line that the learned text features are held to. */
export interface TextPull {
  /** λ, not zero; `step`: each step says it. */
  readonly weight: number | 'step';
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
  const distance = add(scalar(1), scale(mean(cosines, [0]), -1));
  return weight === 'step' ? multiply(distance, input(PULL_WEIGHT, [])) : scale(distance, weight);
}

const PULL_WEIGHT = 'pull_weight';

/** What a session is fed beside context and images. */
export function pullFeed(pull: TextPull | null, weight: number | undefined): Readonly<Record<string, Feed>> {
  if (pull?.weight !== 'step') return {};
  if (weight === undefined) throw new Error('this problem’s steps need their λ');
  return { [PULL_WEIGHT]: { data: Float32Array.of(weight), shape: [] } };
}
