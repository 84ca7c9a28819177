import { softmax } from './zero-shot';

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

export interface FitOptions {
  /** The greatest component of the gradient at the end. */
  readonly tolerance?: number;
}

const TOLERANCE = 1e-6;
const MAX_NEWTON_STEPS = 200;
const MAX_HALVINGS = 40;
/** Share of the decrease foretold by the slope that a step must bring (Armijo). */
const SUFFICIENT = 1e-4;

/**
 * Multinomial logistic regression with L2 penalty: the minimum of mean cross-entropy + ‖W‖²/(2·C·n), intercepts free
 * (scikit-learn's LogisticRegression(C), which for two classes penalises one vector, so half as much). Newton's method;
 * its linear systems are solved by conjugate gradients, so no Hessian is stored.
 * @param c inverse strength of the penalty, > 0
 */
export function fitLogistic(
  { features, labels }: LabelledFeatures,
  classes: number,
  c: number,
  options: FitOptions = {},
): LinearClassifier & { readonly objective: number } {
  const width = features.length / labels.length;
  const problem: Problem = {
    x: withOnes(features, width),
    labels,
    classes,
    columns: width + 1,
    penalty: 1 / ((classes === 2 ? c / 2 : c) * labels.length),
  };
  let weights: Float64Array = new Float64Array(classes * problem.columns);
  let at = evaluate(problem, weights);
  for (let step = 0; step < MAX_NEWTON_STEPS; step++) {
    if (at.gradient.every(value => Math.abs(value) <= (options.tolerance ?? TOLERANCE))) break;
    const direction = newtonDirection(problem, at);
    const slope = dot(direction, at.gradient);
    let next: { readonly weights: Float64Array; readonly at: Evaluation } | null = null;
    for (let halving = 0, size = 1; halving < MAX_HALVINGS && next === null; halving++, size /= 2) {
      const moved = weights.map((value, i) => value + size * direction[i]!);
      const there = evaluate(problem, moved);
      // Close to the minimum the decrease is below the rounding of the objective.
      const rounding = 4 * Number.EPSILON * Math.abs(at.objective);
      if (there.objective <= at.objective + SUFFICIENT * size * slope + rounding)
        next = { weights: moved, at: there };
    }
    if (next === null) break;
    ({ weights, at } = next);
  }
  return { width, weights, objective: at.objective };
}

/** Classes and their probabilities for features [n, width]; of equals the first. */
export function classifyLinearly(
  { width, weights }: LinearClassifier,
  features: Float32Array,
): { readonly predictions: Int32Array; readonly probabilities: Float64Array } {
  const columns = width + 1;
  const classes = weights.length / columns;
  const probabilities = multiply(withOnes(features, width), weights, columns);
  const predictions = new Int32Array(probabilities.length / classes);
  for (let i = 0; i < predictions.length; i++) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const greatest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    predictions[i] = row.indexOf(greatest);
    softmax(row, greatest);
  }
  return { predictions, probabilities };
}

interface Problem {
  /** [n, columns] features and a column of ones. */
  readonly x: Float64Array;
  readonly labels: Int32Array;
  readonly classes: number;
  readonly columns: number;
  /** 1/(C·n) */
  readonly penalty: number;
}

interface Evaluation {
  readonly objective: number;
  readonly gradient: Float64Array;
  /** [n, classes] */
  readonly probabilities: Float64Array;
}

function evaluate(problem: Problem, weights: Float64Array): Evaluation {
  const { x, labels, classes, columns } = problem;
  const probabilities = multiply(x, weights, columns);
  const errors = new Float64Array(probabilities.length);
  let loss = 0;
  for (const [i, label] of labels.entries()) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const greatest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const own = row[label]! - greatest;
    const sum = row.reduce((total, logit) => total + Math.exp(logit - greatest), 0);
    loss += Math.log(sum) - own;
    softmax(row, greatest);
    for (let k = 0; k < classes; k++)
      errors[i * classes + k] = (row[k]! - Number(k === label)) / labels.length;
  }
  const gradient = multiplyTransposed(errors, x, classes, columns);
  let squares = 0;
  forEachPenalised(problem, i => {
    squares += weights[i]! ** 2;
    gradient[i]! += problem.penalty * weights[i]!;
  });
  return { objective: loss / labels.length + (problem.penalty * squares) / 2, gradient, probabilities };
}

/** −H⁻¹·gradient, more exact the closer the minimum is. */
function newtonDirection(problem: Problem, at: Evaluation): Float64Array {
  const direction = new Float64Array(at.gradient.length);
  const residual = at.gradient.map(value => -value);
  let conjugate: Float64Array = residual.slice();
  let square = dot(residual, residual);
  const length = Math.sqrt(square);
  const enough = (Math.min(0.1, Math.sqrt(length)) * length) ** 2;
  for (let i = 0; i < 2 * residual.length && square > enough; i++) {
    const curved = hessianTimes(problem, at.probabilities, conjugate);
    const step = square / dot(conjugate, curved);
    for (let j = 0; j < residual.length; j++) {
      direction[j]! += step * conjugate[j]!;
      residual[j]! -= step * curved[j]!;
    }
    const next = dot(residual, residual);
    const ratio = next / square;
    conjugate = residual.map((value, j) => value + ratio * conjugate[j]!);
    square = next;
  }
  centreIntercepts(problem, direction);
  return direction;
}

/** A constant added to all intercepts changes nothing; rounding must not let it grow. They sum to zero. */
function centreIntercepts({ classes, columns }: Problem, vector: Float64Array): void {
  let sum = 0;
  for (let at = columns - 1; at < vector.length; at += columns) sum += vector[at]!;
  for (let at = columns - 1; at < vector.length; at += columns) vector[at]! -= sum / classes;
}

function hessianTimes(problem: Problem, probabilities: Float64Array, vector: Float64Array): Float64Array {
  const { x, labels, classes, columns } = problem;
  const logits = multiply(x, vector, columns);
  for (let start = 0; start < logits.length; start += classes) {
    let mean = 0;
    for (let k = 0; k < classes; k++) mean += probabilities[start + k]! * logits[start + k]!;
    for (let k = 0; k < classes; k++)
      logits[start + k] = (probabilities[start + k]! * (logits[start + k]! - mean)) / labels.length;
  }
  const product = multiplyTransposed(logits, x, classes, columns);
  forEachPenalised(problem, i => {
    product[i]! += problem.penalty * vector[i]!;
  });
  return product;
}

function forEachPenalised({ classes, columns }: Problem, visit: (index: number) => void): void {
  for (let k = 0; k < classes; k++)
    for (let column = 0; column < columns - 1; column++) visit(k * columns + column);
}

function withOnes(features: Float32Array, width: number): Float64Array {
  const n = features.length / width;
  const out = new Float64Array(n * (width + 1)).fill(1);
  for (let i = 0; i < n; i++) out.set(features.subarray(i * width, (i + 1) * width), i * (width + 1));
  return out;
}

/** x [n, columns] · weights [classes, columns]ᵀ → [n, classes] */
function multiply(x: Float64Array, weights: Float64Array, columns: number): Float64Array {
  const n = x.length / columns;
  const classes = weights.length / columns;
  const out = new Float64Array(n * classes);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < classes; k++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += x[i * columns + j]! * weights[k * columns + j]!;
      out[i * classes + k] = sum;
    }
  }
  return out;
}

/** rows [n, classes]ᵀ · x [n, columns] → [classes, columns] */
function multiplyTransposed(
  rows: Float64Array,
  x: Float64Array,
  classes: number,
  columns: number,
): Float64Array {
  const out = new Float64Array(classes * columns);
  for (let i = 0; i < rows.length / classes; i++) {
    for (let k = 0; k < classes; k++) {
      const factor = rows[i * classes + k]!;
      for (let j = 0; j < columns; j++) out[k * columns + j]! += factor * x[i * columns + j]!;
    }
  }
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
