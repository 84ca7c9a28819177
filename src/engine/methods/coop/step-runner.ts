import { createSession } from '../../runtime/create-session';
import type { SessionOptions } from '../../runtime/session';
import { type LearnProblem, learnGraph } from './learn-graph';
import { pullFeed } from './text-pull';

/** Computes loss, gradient and text features for a context. */
export interface StepRunner {
  /** Images of one step; a batch has exactly this many. */
  readonly batch: number;
  /**
   * @param images [batch, E]
   * @param labels [batch]
   * @param pullWeight λ, where the problem leaves it to the step
   * @returns `features` [classes, E], not normalised, of the context that was given
   */
  step(context: Float32Array, images: Float32Array, labels: Int32Array, pullWeight?: number): Promise<Step>;
  /** [classes, E], not normalised. */
  features(context: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface Step {
  readonly loss: number;
  /** [vectors, d] */
  readonly gradient: Float32Array;
  readonly features: Float32Array;
}

/** One session for whole steps, one for the features alone. @throws CoopError `device.unavailable` */
export async function createStepRunner(problem: LearnProblem, options: SessionOptions): Promise<StepRunner> {
  const graph = learnGraph(problem);
  const { width } = problem.text;
  const [steps, forward] = await Promise.all([
    createSession({ loss: graph.loss, gradient: graph.gradient, features: graph.features }, options),
    createSession({ features: graph.features }, options),
  ]);
  const contextFeed = (data: Float32Array) => ({ data, shape: [problem.vectors, width] });
  return {
    batch: problem.batch,
    async step(context, images, labels, pullWeight) {
      const result = await steps.run({
        ...pullFeed(problem.pull, pullWeight),
        context: contextFeed(context),
        images: { data: images, shape: [problem.batch, problem.imageWidth] },
        labels: { data: labels, shape: [problem.batch] },
      });
      return {
        loss: result.loss.data[0]!,
        gradient: result.gradient.data,
        features: result.features.data,
      };
    },
    features: async context => (await forward.run({ context: contextFeed(context) })).features.data,
    async release() {
      await Promise.all([steps.release(), forward.release()]);
    },
  };
}
