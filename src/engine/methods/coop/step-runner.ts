import { createSession } from '../../runtime/create-session';
import type { SessionOptions } from '../../runtime/session';
import { type LearnProblem, learnGraph } from './learn-graph';

/** Computes loss, gradient and text features for a context. */
export interface StepRunner {
  /** Images of one step; a batch has exactly this many. */
  readonly batch: number;
  /**
   * @param images [batch, E]
   * @param labels [batch]
   */
  step(
    context: Float32Array,
    images: Float32Array,
    labels: Int32Array,
  ): Promise<{ readonly loss: number; readonly gradient: Float32Array }>;
  /** [classes, E], not normalised. */
  features(context: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** One session for whole steps, one for the features alone. @throws CoopError `device.unavailable` */
export async function createStepRunner(problem: LearnProblem, options: SessionOptions): Promise<StepRunner> {
  const graph = learnGraph(problem);
  const { width } = problem.model;
  const [steps, forward] = await Promise.all([
    createSession({ loss: graph.loss, gradient: graph.gradient }, options),
    createSession({ features: graph.features }, options),
  ]);
  const contextFeed = (data: Float32Array) => ({ data, shape: [problem.vectors, width] });
  return {
    batch: problem.batch,
    async step(context, images, labels) {
      const result = await steps.run({
        context: contextFeed(context),
        images: { data: images, shape: [problem.batch, problem.imageWidth] },
        labels: { data: labels, shape: [problem.batch] },
      });
      return { loss: result.loss.data[0]!, gradient: result.gradient.data };
    },
    features: async context => (await forward.run({ context: contextFeed(context) })).features.data,
    async release() {
      await Promise.all([steps.release(), forward.release()]);
    },
  };
}
