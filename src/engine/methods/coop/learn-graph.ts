import { gradients } from '../../graph/gradients';
import type { Node } from '../../graph/node';
import { add, input, scalar } from '../../graph/operations';
import { contrastiveLoss } from './loss';
import { type TextPull, textPull } from './text-pull';

/** Everything about one learning problem that does not change from step to step. */
export interface LearnProblem {
  readonly text: {
    /** d */
    readonly width: number;
    /** `context` [vectors, d] → text features [classes, E], not normalised. */
    readonly features: (context: Node) => Node;
  };
  /** Learned vectors of all slots together; a class-specific slot counts once per class. */
  readonly vectors: number;
  /** What the model multiplies cosines by. */
  readonly logitScale: number;
  readonly imageWidth: number;
  readonly batch: number;
  /** Null: the loss is cross-entropy alone. */
  readonly pull: TextPull | null;
}

export interface LearnGraph {
  /** Inputs: `context` [vectors, d], `images` [batch, E], `labels` int64 [batch]. */
  readonly context: Node;
  /** Scalar. */
  readonly loss: Node;
  /** ∂loss/∂context [vectors, d]. */
  readonly gradient: Node;
  /** [classes, E] text features of the context that was fed in, not normalised. */
  readonly features: Node;
}

/** One optimiser step's forward and backward pass as one graph. */
export function learnGraph(problem: LearnProblem): LearnGraph {
  const { batch, imageWidth } = problem;
  const { context, features } = featuresGraph(problem);
  const images = input('images', [batch, imageWidth]);
  const labels = input('labels', [batch], 'int64');
  const loss = promptLoss(problem, features, images, labels);
  const gradient = gradients(new Map([[loss, scalar(1)]]), [context]).get(context)!;
  return { context, loss, gradient, features };
}

/**
 * What a step makes smaller: cross-entropy, and the distance to a hand-written line where the problem has one. Without it the
 * graph is CoOp's own, so that its numbers are, bit for bit.
 */
export function promptLoss(
  { pull, logitScale }: Pick<LearnProblem, 'pull' | 'logitScale'>,
  features: Node,
  images: Node,
  labels: Node,
): Node {
  const loss = contrastiveLoss(features, images, labels, logitScale);
  return pull === null ? loss : add(loss, textPull(features, pull, Number(features.shape[0])));
}

/** The forward pass alone: `context` [vectors, d] → `features` [classes, E]. */
export function featuresGraph({ text, vectors }: LearnProblem): Pick<LearnGraph, 'context' | 'features'> {
  const context = input('context', [vectors, text.width]);
  return { context, features: text.features(context) };
}
