import type { Metrics } from '../../shared/contracts/report';
import { calibrationError } from './reliability';
import { proportion } from './wilson';

/** Counts [true class][predicted class]. */
export function confusionMatrix(labels: Int32Array, predictions: Int32Array, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]![predictions[i]!]! += 1;
  return counts;
}

/** Per class: its images, how many are predicted to be it, and how many of these rightly. */
export function classCounts(labels: Int32Array, predictions: Int32Array, classes: number) {
  const [images, predicted, correct] = [
    new Int32Array(classes),
    new Int32Array(classes),
    new Int32Array(classes),
  ];
  for (let i = 0; i < labels.length; i++) {
    const [label, prediction] = [labels[i]!, predictions[i]!];
    images[label]! += 1;
    predicted[prediction]! += 1;
    if (label === prediction) correct[label]! += 1;
  }
  return { images, predicted, correct };
}

/**
 * Accuracy with its interval, top-5, macro-F1 (over the classes that occur, as Dassl's evaluator), balanced accuracy
 * (mean recall of the classes that occur) and the expected calibration error (15 equal bins, (low, high]).
 * @param probabilities [images, classes]
 */
export function metricsOf(
  labels: Int32Array,
  predictions: Int32Array,
  probabilities: Float64Array,
  classes: number,
): Metrics {
  const { images, predicted, correct } = classCounts(labels, predictions, classes);
  const present = [...images.keys()].filter(c => images[c]! > 0);
  const mean = (values: readonly number[]) =>
    values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
  return {
    accuracy: proportion(
      correct.reduce((a, b) => a + b, 0),
      labels.length,
    ),
    top5: topK(labels, probabilities, classes, 5),
    macroF1: mean(present.map(c => (2 * correct[c]!) / (images[c]! + predicted[c]!))),
    balancedAccuracy: mean(present.map(c => correct[c]! / images[c]!)),
    ece: calibrationError(labels, { predictions, probabilities }),
  };
}

/** Share of images whose class is among the k most probable; of equals the first ones count. */
export function topK(labels: Int32Array, probabilities: Float64Array, classes: number, k: number): number {
  if (labels.length === 0) return 0;
  let hits = 0;
  for (const [i, label] of labels.entries()) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const own = row[label]!;
    let before = 0;
    for (let c = 0; c < classes; c++) if (row[c]! > own || (row[c] === own && c < label)) before += 1;
    if (before < k) hits += 1;
  }
  return hits / labels.length;
}
