import * as v from 'valibot';
import { count, finite, type Immutable, share } from './stored';

/** Answers with a confidence in one interval: how many, their mean confidence, and the share of them that is right. */
export const ReliabilityBin = v.object({ n: count, confidence: share, accuracy: share });
export type ReliabilityBin = Immutable<v.InferOutput<typeof ReliabilityBin>>;

/** Images that are not given up as “none of these”, and how many of them are answered rightly. */
export const Answered = v.pipe(
  v.object({ answered: count, right: count }),
  v.check(({ answered, right }) => right <= answered, 'has more right answers than answers'),
);
export type Answered = Immutable<v.InferOutput<typeof Answered>>;

const Figures = v.object({
  /** Mean negative log-likelihood of the true class. */
  nll: finite,
  /** Expected calibration error, 15 bins. */
  ece: share,
});
const BeforeAndAfter = v.object({ before: Figures, after: Figures });

/** How sure something is, as it is and with the temperature that dev images give it. */
export const Calibration = v.object({
  /** What logits are divided by: least negative log-likelihood on dev. */
  temperature: v.pipe(finite, v.minValue(0.01), v.maxValue(100)),
  dev: BeforeAndAfter,
  test: BeforeAndAfter,
  /** On test images, 15 intervals of equal width each. */
  reliability: v.object({ before: v.array(ReliabilityBin), after: v.array(ReliabilityBin) }),
});
export type Calibration = Immutable<v.InferOutput<typeof Calibration>>;

/** How far confidences of a run can be trusted: of the baseline, and of what the chosen seed learned. */
export const Confidence = v.object({
  baseline: Calibration,
  learned: Calibration,
  /** What is answered by the learned prompt where everything below a calibrated confidence is “none of these”. */
  thresholds: v.pipe(v.array(v.object({ threshold: share, dev: Answered, test: Answered })), v.minLength(1)),
});
export type Confidence = Immutable<v.InferOutput<typeof Confidence>>;
