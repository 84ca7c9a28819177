import type { Calibration, Confidence } from '../../shared/contracts/confidence';
import type { Report } from '../../shared/contracts/report';
import { calibrationError, reliabilityBins } from '../measure/reliability';
import { selectiveAnswers } from '../measure/selective-answers';
import { fitTemperature, negativeLogLikelihood, withTemperature } from '../measure/temperature';
import type { Classified } from '../measure/zero-shot';
import type { Answers, Evidence } from './evidence';

/** Whole percents, so that a person can type what a table shows. */
const THRESHOLDS = Array.from({ length: 100 }, (_, percent) => percent / 100);

/** How far the confidence of the baseline and of what was learned can be trusted; nothing without dev or test images. */
export function confidenceOf(evidence: Evidence, learned: Answers): Pick<Report, 'confidence'> {
  const { dev, test, baseline } = evidence;
  if (dev.labels.length === 0 || test.labels.length === 0) return {};
  const labels = { dev: dev.labels, test: test.labels };
  const own = calibrated(learned, labels);
  const devAnswers = selectiveAnswers(labels.dev, own.answers.dev, THRESHOLDS);
  const testAnswers = selectiveAnswers(labels.test, own.answers.test, THRESHOLDS);
  const confidence: Confidence = {
    baseline: calibrated(baseline, labels).calibration,
    learned: own.calibration,
    thresholds: THRESHOLDS.map((threshold, at) => ({
      threshold,
      dev: devAnswers[at]!,
      test: testAnswers[at]!,
    })),
  };
  return { confidence };
}

function calibrated(
  before: Answers,
  labels: Readonly<Record<keyof Answers, Int32Array>>,
): { readonly calibration: Calibration; readonly answers: Answers } {
  const temperature = fitTemperature(before.dev, labels.dev);
  const after: Answers = {
    dev: withTemperature(before.dev, temperature),
    test: withTemperature(before.test, temperature),
  };
  const figures = (answers: Classified, truth: Int32Array) => ({
    nll: negativeLogLikelihood(answers, truth),
    ece: calibrationError(truth, answers),
  });
  const both = (part: keyof Answers) => ({
    before: figures(before[part], labels[part]),
    after: figures(after[part], labels[part]),
  });
  return {
    answers: after,
    calibration: {
      temperature,
      dev: both('dev'),
      test: both('test'),
      reliability: {
        before: reliabilityBins(labels.test, before.test),
        after: reliabilityBins(labels.test, after.test),
      },
    },
  };
}
