import { CoopError } from '../../../shared/errors';
import { product, transposed } from '../../measure/dense-product';
import { softmax } from '../../measure/zero-shot';
import type { ProcessorShare } from '../../runtime/session';
import { type LogisticCurvature, type LogisticPoint, logisticCurvature } from './logistic-curvature';
import { type RowSpace, rowSpace } from './row-space';

export interface LinearClassifier {
  /** Width of a feature. */
  readonly width: number;
  /** [classes, width + 1]; the last column is the intercept, and intercepts sum to zero. */
  readonly weights: Float64Array;
}

export interface LabelledFeatures {
  /** [n, width] */
  readonly features: Float32Array;
  /** [n] */
  readonly labels: Int32Array;
}

/** Labelled features made ready for fits with several penalties. */
export interface LogisticProblem {
  readonly space: RowSpace;
  readonly classes: number;
  /** How many features there are. */
  readonly images: number;
  /** Coordinates and an intercept. */
  readonly columns: number;
  readonly curvature: LogisticCurvature;
  /** Root mean square of the lengths of the centred features; 1 where all are equal. */
  readonly size: number;
}

export interface LogisticFit {
  readonly classifier: LinearClassifier;
  readonly objective: number;
  /** The minimum in the problem's own coordinates: where a fit with another penalty may begin. */
  readonly solution: Float64Array;
}

export interface FitOptions {
  /** The greatest component of the gradient at the end, for features of length 1. */
  readonly tolerance?: number;
  /** A fit of the same problem; its neighbours in C are a few steps away. Default: all weights zero. */
  readonly start?: LogisticFit;
  readonly signal?: AbortSignal | undefined;
}

const TOLERANCE = 1e-8;
const MAX_NEWTON_STEPS = 200;
const MAX_HALVINGS = 40;
/** Share of the decrease foretold by the slope that a step must bring (Armijo). */
const SUFFICIENT = 1e-4;

/**
 * Whoever makes it releases its `curvature`.
 * @param classes how many there are; a class may have no image
 */
export async function logisticProblem(
  { features, labels }: LabelledFeatures,
  classes: number,
  { signal, ...share }: ProcessorShare & { readonly signal?: AbortSignal | undefined } = {},
): Promise<LogisticProblem> {
  const images = labels.length;
  const space = await rowSpace(features, features.length / images, signal);
  const { coordinates, rank } = space;
  const columns = rank + 1;
  const x = withOnes(coordinates, rank, images);
  const curvature = await logisticCurvature({ x, labels, columns, classes }, share);
  const size = Math.sqrt(dot(coordinates, coordinates) / images) || 1;
  return { space, classes, images, columns, curvature, size };
}

/**
 * Multinomial logistic regression with L2 penalty: the minimum of mean cross-entropy + ‖W‖²/(2·C·n), intercepts free
 * (scikit-learn's LogisticRegression(C), which for two classes penalises one vector, so half as much). Newton's method;
 * its linear systems are solved by conjugate gradients, so no Hessian is stored.
 * @param c inverse strength of the penalty, > 0
 * @throws CoopError `method.leftOut` when the features are not finite; the signal's reason
 */
export async function fitLogistic(
  problem: LogisticProblem,
  c: number,
  options: FitOptions = {},
): Promise<LogisticFit> {
  const { classes, images, columns, space, size: unit } = problem;
  const { signal } = options;
  const enough = (options.tolerance ?? TOLERANCE) * unit;
  const penalty = 1 / ((classes === 2 ? c / 2 : c) * images);
  let weights = options.start?.solution ?? new Float64Array(classes * columns);
  let at = await evaluate(problem, penalty, weights);
  if (!Number.isFinite(at.objective))
    throw new CoopError('method.leftOut', 'the image features are not all finite numbers.');
  for (let step = 0; step < MAX_NEWTON_STEPS; step++) {
    if (at.gradient.every(value => Math.abs(value) <= enough)) break;
    const direction = await newtonDirection(problem, penalty, at, signal);
    const slope = dot(direction, at.gradient);
    let next: { readonly weights: Float64Array; readonly at: Evaluation } | null = null;
    for (let halving = 0, size = 1; halving < MAX_HALVINGS && next === null; halving++, size /= 2) {
      signal?.throwIfAborted();
      const moved = weights.map((value, i) => value + size * direction[i]!);
      const there = await evaluate(problem, penalty, moved);
      // Close to the minimum the decrease is below the rounding of the objective.
      const rounding = 4 * Number.EPSILON * Math.abs(at.objective);
      if (there.objective <= at.objective + SUFFICIENT * size * slope + rounding)
        next = { weights: moved, at: there };
    }
    if (next === null) break;
    ({ weights, at } = next);
  }
  return { classifier: inFeatureSpace(space, weights), objective: at.objective, solution: weights };
}

/** Weights for centred coordinates → weights for features as they are. */
function inFeatureSpace({ basis, mean, rank, width }: RowSpace, solution: Float64Array): LinearClassifier {
  const classes = solution.length / (rank + 1);
  const weights = new Float64Array(classes * (width + 1));
  const axes = basis === null ? null : transposed(basis, width);
  for (let k = 0; k < classes; k++) {
    const own = solution.subarray(k * (rank + 1), (k + 1) * (rank + 1));
    const linear = own.subarray(0, rank);
    const vector = axes === null ? linear : product(axes, linear, rank);
    weights.set(vector, k * (width + 1));
    weights[k * (width + 1) + width] = own[rank]! - dot(vector, mean);
  }
  centreIntercepts(weights, width + 1);
  return { width, weights };
}

/** Classes and their probabilities for features [n, width]; of equals the first. */
export function classifyLinearly(
  { width, weights }: LinearClassifier,
  features: Float32Array,
): { readonly predictions: Int32Array; readonly probabilities: Float64Array } {
  const columns = width + 1;
  const classes = weights.length / columns;
  const n = features.length / width;
  const probabilities = product(withOnes(features, width, n), weights, columns);
  const predictions = new Int32Array(n);
  for (let i = 0; i < predictions.length; i++) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const greatest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    predictions[i] = row.indexOf(greatest);
    softmax(row, greatest);
  }
  return { predictions, probabilities };
}

/** A point of the mean cross-entropy with the penalty added. */
interface Evaluation extends LogisticPoint {
  readonly objective: number;
}

async function evaluate(
  problem: LogisticProblem,
  penalty: number,
  weights: Float64Array,
): Promise<Evaluation> {
  const point = await problem.curvature.at(weights);
  let squares = 0;
  forEachPenalised(problem, i => {
    squares += weights[i]! ** 2;
    point.gradient[i]! += penalty * weights[i]!;
    point.diagonal[i]! += penalty;
  });
  return { ...point, objective: point.loss + (penalty * squares) / 2 };
}

/** −H⁻¹·gradient by conjugate gradients with the Hessian's diagonal, more exact the closer the minimum is. */
async function newtonDirection(
  problem: LogisticProblem,
  penalty: number,
  at: Evaluation,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const diagonal = at.diagonal.map(value => Math.max(value, Number.MIN_VALUE / Number.EPSILON));
  const direction = new Float64Array(at.gradient.length);
  const residual = at.gradient.map(value => -value);
  const length = Math.sqrt(dot(residual, residual));
  const enough = (Math.min(0.1, Math.sqrt(length / problem.size)) * length) ** 2;
  let conjugate = residual.map((value, j) => value / diagonal[j]!);
  let weighted = dot(residual, conjugate);
  for (let i = 0; i < 2 * residual.length && dot(residual, residual) > enough; i++) {
    signal?.throwIfAborted();
    const curved = await problem.curvature.along(at, conjugate);
    forEachPenalised(problem, j => {
      curved[j]! += penalty * conjugate[j]!;
    });
    const step = weighted / dot(conjugate, curved);
    let next = 0;
    for (let j = 0; j < residual.length; j++) {
      direction[j]! += step * conjugate[j]!;
      residual[j]! -= step * curved[j]!;
      next += residual[j]! ** 2 / diagonal[j]!;
    }
    const ratio = next / weighted;
    conjugate = conjugate.map((value, j) => residual[j]! / diagonal[j]! + ratio * value);
    weighted = next;
  }
  centreIntercepts(direction, problem.columns);
  return direction;
}

/** A constant added to all intercepts changes nothing; rounding must not let it grow. They sum to zero. */
function centreIntercepts(vector: Float64Array, columns: number): void {
  let sum = 0;
  for (let at = columns - 1; at < vector.length; at += columns) sum += vector[at]!;
  const mean = (sum * columns) / vector.length;
  for (let at = columns - 1; at < vector.length; at += columns) vector[at]! -= mean;
}

function forEachPenalised({ classes, columns }: LogisticProblem, visit: (index: number) => void): void {
  for (let k = 0; k < classes; k++)
    for (let column = 0; column < columns - 1; column++) visit(k * columns + column);
}

/** [n, width] → [n, width + 1] */
function withOnes(values: ArrayLike<number>, width: number, n: number): Float64Array {
  const out = new Float64Array(n * (width + 1)).fill(1);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < width; j++) out[i * (width + 1) + j] = values[i * width + j]!;
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
