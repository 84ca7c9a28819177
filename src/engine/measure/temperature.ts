import type { Classified } from './zero-shot';
import { softmax } from './zero-shot';

/** 1/T is looked for between these. */
const [LEAST, MOST] = [1e-2, 1e2];
const MAX_ITERATIONS = 200;

/**
 * The one number T that logits are divided by so that the mean negative log-likelihood of labelled images is least
 * (temperature scaling: Guo et al., ICML 2017, section 4.2). It changes confidence, never an answer. Convex in 1/T:
 * Newton's method between bounds.
 * @param answers of a softmax or of sigmoids over the logits, from which these follow up to a constant
 * @returns between 0.01 and 100; a bound where the least lies beyond it, such as when every answer is right
 */
export function fitTemperature(answers: Classified, labels: Int32Array): number {
  const classes = answers.probabilities.length / labels.length;
  const logs = logitsOf(answers);
  let [low, high] = [LEAST, MOST];
  if (slopeAt(high, logs, labels, classes).slope <= 0) return 1 / high;
  if (slopeAt(low, logs, labels, classes).slope >= 0) return 1 / low;
  let inverse = 1;
  for (let i = 0; i < MAX_ITERATIONS; i++) {
    const { slope, curvature } = slopeAt(inverse, logs, labels, classes);
    if (slope > 0) high = inverse;
    else low = inverse;
    const newton = inverse - slope / curvature;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - inverse) <= 1e-13 * inverse) return 1 / next;
    inverse = next;
  }
  return 1 / inverse;
}

/** The same answers with another confidence: one probability shared among the classes, whatever it was before. */
export function withTemperature(answers: Classified, temperature: number): Classified {
  const { predictions, probabilities } = answers;
  const classes = probabilities.length / predictions.length;
  const scaled = logitsOf(answers).map(logit => logit / temperature);
  for (const [i, prediction] of predictions.entries()) {
    const row = scaled.subarray(i * classes, (i + 1) * classes);
    softmax(row, row[prediction]!);
  }
  return { predictions, probabilities: scaled };
}

/** Up to a constant of each image. */
function logitsOf({ probabilities, independent }: Classified): Float64Array {
  if (independent !== true) return probabilities.map(logarithm);
  return probabilities.map(probability => logarithm(probability) - logarithm(1 - probability));
}

/** Mean over images of −log of the true class's probability. */
export function negativeLogLikelihood(
  { probabilities }: Pick<Classified, 'probabilities'>,
  labels: Int32Array,
): number {
  const classes = probabilities.length / labels.length;
  return (
    labels.reduce((sum, label, i) => sum - logarithm(probabilities[i * classes + label]!), 0) / labels.length
  );
}

/** A probability too small for float64 counts as the least there is. */
const logarithm = (probability: number) => Math.log(Math.max(probability, Number.MIN_VALUE));

/** First and second derivative of the likelihood by 1/T: expected less true logit, and the logits' variance. */
function slopeAt(inverse: number, logs: Float64Array, labels: Int32Array, classes: number) {
  let slope = 0;
  let curvature = 0;
  const weights = new Float64Array(classes);
  for (const [i, label] of labels.entries()) {
    const row = logs.subarray(i * classes, (i + 1) * classes);
    let greatest = Number.NEGATIVE_INFINITY;
    for (const log of row) greatest = Math.max(greatest, log);
    let [sum, mean, square] = [0, 0, 0];
    for (const [c, log] of row.entries()) {
      weights[c] = Math.exp(inverse * (log - greatest));
      sum += weights[c]!;
      mean += weights[c]! * log;
    }
    mean /= sum;
    for (const [c, log] of row.entries()) square += weights[c]! * (log - mean) ** 2;
    slope += mean - row[label]!;
    curvature += square / sum;
  }
  return { slope, curvature };
}
