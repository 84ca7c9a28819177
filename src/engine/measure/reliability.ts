import type { ReliabilityBin } from '../../shared/contracts/confidence';
import type { Classified } from './zero-shot';

const BINS = 15;

/** Of an image its probability of the class that is answered. */
export function confidences({ predictions, probabilities }: Classified): Float64Array {
  const classes = probabilities.length / predictions.length;
  return Float64Array.from(predictions, (prediction, i) => probabilities[i * classes + prediction]!);
}

/**
 * Answers by confidence in 15 bins of equal width, (low, high] (Guo et al., On Calibration of Modern Neural Networks,
 * ICML 2017, section 2): how many, their mean confidence and how many of them are right; 0 where a bin is empty.
 */
export function reliabilityBins(labels: Int32Array, answers: Classified): ReliabilityBin[] {
  const bins = Array.from({ length: BINS }, () => ({ n: 0, right: 0, sum: 0 }));
  for (const [i, confidence] of confidences(answers).entries()) {
    const bin = bins[Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1))]!;
    bin.n += 1;
    bin.right += Number(answers.predictions[i] === labels[i]);
    bin.sum += confidence;
  }
  return bins.map(({ n, right, sum }) => ({
    n,
    confidence: n === 0 ? 0 : sum / n,
    accuracy: n === 0 ? 0 : right / n,
  }));
}

/** Expected calibration error: the mean distance of confidence and accuracy over bins, weighed by images (eq. 3). */
export function calibrationError(labels: Int32Array, answers: Classified): number {
  if (labels.length === 0) return 0;
  const off = reliabilityBins(labels, answers).reduce(
    (sum, { n, confidence, accuracy }) => sum + n * Math.abs(accuracy - confidence),
    0,
  );
  return off / labels.length;
}
