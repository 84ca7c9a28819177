import { gradients } from '../../graph/gradients';
import { input, scalar } from '../../graph/operations';
import { createSession } from '../../runtime/create-session';
import type { Session, SessionOptions } from '../../runtime/session';
import { featuresGraph, promptLoss } from './learn-graph';
import { buildProblem, numberVectors, type ProblemOptions } from './learn-problem';
import { createStepRunner, type StepRunner } from './step-runner';
import { pullFeed } from './text-pull';

/** Classes [start, end) whose prompts are computed together. */
export type Chunk = readonly [start: number, end: number];

/**
 * What the rows of one step may take, in bytes. 1000 classes of one or two words with 16 shared vectors on a 512 × 12
 * tower need 1.5 GB and stay whole.
 */
export const ACTIVATION_BUDGET = 1.6 * 2 ** 30;
/** Forward values kept for the backward pass, per row, layer and unit of width; measured. */
const BYTES_PER_ROW_UNIT = 70;

/** As few chunks, all of about the same size, as keep each within the budget. */
export function chunksOf(options: ProblemOptions, budget: number = ACTIVATION_BUDGET): readonly Chunk[] {
  const { model, template, classes } = options;
  const { isLearnable } = numberVectors(template, classes);
  const { text } = model;
  const bytes = text.stepRows(template.rows, isLearnable) * text.layers * text.width * BYTES_PER_ROW_UNIT;
  const count = Math.min(classes, Math.max(1, Math.ceil(bytes / budget)));
  return Array.from({ length: count }, (_, chunk) => [
    Math.floor((chunk * classes) / count),
    Math.floor(((chunk + 1) * classes) / count),
  ]);
}

/** Steps of a learning problem: whole where memory allows, else in chunks. */
export async function stepRunnerFor(
  options: ProblemOptions,
  session: SessionOptions,
  createWhole: typeof createStepRunner = createStepRunner,
): Promise<StepRunner> {
  const chunks = chunksOf(options);
  return chunks.length === 1
    ? createWhole(await buildProblem(options), session)
    : createChunkedStepRunner(options, chunks, session);
}

/**
 * The same loss and gradient with a bounded number of rows in memory: a forward pass over the chunks gives all
 * features, the loss their gradient, and a second pass over the chunks, which computes their forward values again, the
 * context's. A third more work than a whole step.
 */
export async function createChunkedStepRunner(
  options: ProblemOptions,
  chunks: readonly Chunk[],
  sessionOptions: SessionOptions,
): Promise<StepRunner> {
  const { model, batch, classes, template } = options;
  const { embedWidth } = model;
  const logitScale = model.similarity.scale;
  const { vectors } = numberVectors(template, classes);
  const { width } = model.text;
  const frugal: SessionOptions = { ...sessionOptions, frugal: true };
  const parts: { forward: Session<'features'>; backward: Session<'gradient' | 'features'>; chunk: Chunk }[] =
    [];
  for (const chunk of chunks) {
    const problem = await buildProblem({ ...options, only: chunk });
    const { context, features } = featuresGraph(problem);
    const upstream = input('upstream', [chunk[1] - chunk[0], embedWidth]);
    const gradient = gradients(new Map([[features, upstream]]), [context]).get(context)!;
    parts.push({
      chunk,
      forward: await createSession({ features }, frugal),
      // With the features, since their normalisation's statistics are computed with its output.
      backward: await createSession({ gradient, features }, frugal),
    });
  }
  const features = input('features', [classes, embedWidth]);
  const images = input('images', [batch, embedWidth]);
  const labels = input('labels', [batch], 'int64');
  const loss = promptLoss({ pull: options.pull ?? null, logitScale }, features, images, labels);
  const upstream = gradients(new Map([[loss, scalar(1)]]), [features]).get(features)!;
  const head = await createSession({ loss, upstream }, sessionOptions);
  const contextFeed = (data: Float32Array) => ({ data, shape: [vectors, width] });

  const allFeatures = async (context: Float32Array) => {
    const all = new Float32Array(classes * embedWidth);
    for (const { forward, chunk } of parts)
      all.set((await forward.run({ context: contextFeed(context) })).features.data, chunk[0] * embedWidth);
    return all;
  };
  return {
    batch,
    async step(context, imageFeatures, labels, pullWeight) {
      const texts = await allFeatures(context);
      const result = await head.run({
        ...pullFeed(options.pull ?? null, pullWeight),
        features: { data: texts, shape: [classes, embedWidth] },
        images: { data: imageFeatures, shape: [batch, embedWidth] },
        labels: { data: labels, shape: [batch] },
      });
      const gradient = new Float32Array(context.length);
      for (const { backward, chunk } of parts) {
        const [start, end] = chunk;
        const part = await backward.run({
          context: contextFeed(context),
          upstream: {
            data: result.upstream.data.slice(start * embedWidth, end * embedWidth),
            shape: [end - start, embedWidth],
          },
        });
        for (const [i, value] of part.gradient.data.entries()) gradient[i]! += value;
      }
      return { loss: result.loss.data[0]!, gradient, features: texts };
    },
    features: allFeatures,
    async release() {
      const sessions = parts.flatMap(({ forward, backward }) => [forward, backward]);
      await Promise.all([head, ...sessions].map(session => session.release()));
    },
  };
}
