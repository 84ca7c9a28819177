import { gradients } from '../../graph/gradients';
import { add, constant, input, matmul, scalar } from '../../graph/operations';
import { createSession } from '../../runtime/create-session';
import type { ProcessorShare } from '../../runtime/session';
import { contrastiveLoss } from '../coop/loss';

/** What a projection is fitted to. */
export interface ProjectionProblem {
  /** [n, w] what the projection reads of the shots. */
  readonly pooled: Float32Array;
  /** [n] */
  readonly labels: Int32Array;
  /** [classes, E] unit text features. */
  readonly texts: Float32Array;
  /** [E], left as it is. */
  readonly bias: Float32Array;
  readonly logitScale: number;
}

export interface ProjectionStep {
  /** Cross-entropy of all shots and its gradient [E, w], the penalty not included. @param weight [E, w] */
  evaluate(
    weight: Float32Array,
  ): Promise<{ readonly loss: number; readonly gradient: Float32Array<ArrayBufferLike> }>;
  release(): Promise<void>;
}

/** Cross-entropy of scale · cos(x Wᵀ + b, text) and its gradient by W, all shots at once, as one graph. */
export async function projectionStep(
  problem: ProjectionProblem,
  share: ProcessorShare = {},
): Promise<ProjectionStep> {
  const { pooled, labels, texts, bias, logitScale } = problem;
  const [n, width] = [labels.length, bias.length];
  const inner = pooled.length / n;
  const weight = input('weight', [width, inner]);
  const projected = matmul(constant(pooled, [n, inner]), weight, { transposeB: true });
  const loss = contrastiveLoss(
    constant(texts, [texts.length / width, width]),
    add(projected, constant(bias, [width])),
    constant(labels, [n]),
    logitScale,
  );
  const gradient = gradients(new Map([[loss, scalar(1)]]), [weight]).get(weight)!;
  const session = await createSession({ loss, gradient }, { device: 'cpu', ...share });
  return {
    async evaluate(values) {
      const result = await session.run({ weight: { data: values, shape: [width, inner] } });
      return { loss: result.loss.data[0]!, gradient: result.gradient.data };
    },
    release: () => session.release(),
  };
}
