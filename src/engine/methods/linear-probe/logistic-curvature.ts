import {
  constant,
  input,
  logSoftmax,
  matmul,
  multiply,
  oneHot,
  scale,
  softmax,
  subtract,
  sum,
} from '../../graph/operations';
import { createExactSession } from '../../runtime/create-session';
import type { ProcessorShare } from '../../runtime/session';

export interface LogisticImages {
  /** [n, columns] */
  readonly x: Float64Array;
  /** [n] */
  readonly labels: Int32Array;
  readonly columns: number;
  /** How many there are; a class may have no image. */
  readonly classes: number;
}

/** Mean cross-entropy of the images at some weights, and what Newton's method needs of it. */
export interface LogisticPoint {
  readonly loss: number;
  /** [classes, columns] */
  readonly gradient: Float64Array;
  /** [classes, columns] of the Hessian. */
  readonly diagonal: Float64Array;
  /** [n, classes] */
  readonly probabilities: Float64Array;
}

export interface LogisticCurvature {
  /** @param weights [classes, columns] */
  at(weights: Float64Array): Promise<LogisticPoint>;
  /** The Hessian at the point times the vector. @param vector [classes, columns] @returns [classes, columns] */
  along(point: LogisticPoint, vector: Float64Array): Promise<Float64Array>;
  release(): Promise<void>;
}

/** Multiply-adds of one product below which a second thread costs more than it takes. */
const SHARED_FROM = 20e6;

/** Multinomial cross-entropy of linear logits and its first two derivatives, as graphs of float64. */
export async function logisticCurvature(
  { x, labels, columns, classes }: LogisticImages,
  { threads, lane }: ProcessorShare = {},
): Promise<LogisticCurvature> {
  const n = labels.length;
  const share = { threads: n * columns * classes < SHARED_FROM ? 1 : threads, lane };
  const [weightShape, answerShape] = [
    [classes, columns],
    [n, classes],
  ];
  const images = constant(x, [n, columns]);
  const summedOverImages = (values: typeof images, of = images) =>
    scale(matmul(values, of, { transposeA: true }), 1 / n);

  const logits = matmul(images, input('weights', weightShape), { transposeB: true });
  const own = oneHot(constant(labels, [n]), classes);
  const found = softmax(logits);
  const point = await createExactSession(
    {
      loss: scale(sum(multiply(logSoftmax(logits), own), [0, 1]), -1 / n),
      gradient: summedOverImages(subtract(found, own)),
      diagonal: summedOverImages(subtract(found, multiply(found, found)), multiply(images, images)),
      probabilities: found,
    },
    share,
  );

  const probabilities = input('probabilities', answerShape);
  const moved = matmul(images, input('vector', weightShape), { transposeB: true });
  const weighted = multiply(probabilities, moved);
  const centred = subtract(weighted, multiply(probabilities, sum(weighted, [1], true)));
  const curved = await createExactSession({ curved: summedOverImages(centred) }, share).catch(
    async (thrown: unknown) => {
      await point.release();
      throw thrown;
    },
  );

  return {
    at: async weights => {
      const result = await point.run({ weights: { data: weights, shape: weightShape } });
      const { loss, gradient, diagonal, probabilities: answers } = result;
      return {
        loss: loss.data[0]!,
        gradient: gradient.data,
        diagonal: diagonal.data,
        probabilities: answers.data,
      };
    },
    along: async (where, vector) => {
      const result = await curved.run({
        probabilities: { data: where.probabilities, shape: answerShape },
        vector: { data: vector, shape: weightShape },
      });
      return result.curved.data;
    },
    release: async () => {
      await Promise.all([point.release(), curved.release()]);
    },
  };
}
