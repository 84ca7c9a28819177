import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fromLogits } from '../../../src/engine/measure/from-logits';
import { calibrationError, reliabilityBins } from '../../../src/engine/measure/reliability';
import { selectiveAnswers } from '../../../src/engine/measure/selective-answers';
import {
  fitTemperature,
  negativeLogLikelihood,
  withTemperature,
} from '../../../src/engine/measure/temperature';
import { answerAims } from '../../../src/shared/verdicts/answer-aims';
import { root } from '../../support/root';

interface Reliability {
  readonly accuracy: readonly number[];
  readonly confidence: readonly number[];
  readonly n: readonly number[];
  readonly ece: number;
}

/** By SciPy and scikit-learn: tools/goldens/calibration.py. */
const { cases } = JSON.parse(readFileSync(`${root}/test/fixtures/golden/calibration.json`, 'utf8')) as {
  readonly cases: readonly {
    readonly name: string;
    readonly classes: number;
    readonly labels: readonly number[];
    readonly logits: readonly number[];
    readonly temperature: number;
    readonly nll: { readonly before: number; readonly after: number };
    readonly before: Reliability;
    readonly after: Reliability;
  }[];
};

const near = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${actual} ≠ ${expected}`,
  );

/** Of two classes, all with the same margin between the logits; the first `right` of n are right. */
function sameMargin(margin: number, right: number, n: number) {
  const answers = fromLogits(
    Float64Array.from({ length: 2 * n }, (_, at) => (at % 2 === 0 ? margin : 0)),
    2,
  );
  return { answers, labels: Int32Array.from({ length: n }, (_, i) => Number(i >= right)) };
}

describe('confidence', () => {
  for (const { name, classes, labels: listed, logits, ...golden } of cases)
    it(`${name}: temperature, likelihood and reliability are SciPy’s and scikit-learn’s`, () => {
      const labels = Int32Array.from(listed);
      const before = fromLogits(Float64Array.from(logits), classes);
      const temperature = fitTemperature(before, labels);
      // What the bounded minimiser, which compares values, can tell.
      near(temperature, golden.temperature, 1e-6);
      const after = withTemperature(before, temperature);
      near(negativeLogLikelihood(before, labels), golden.nll.before);
      near(negativeLogLikelihood(after, labels), golden.nll.after);
      assert.deepEqual(after.predictions, before.predictions);
      for (const [answers, { accuracy, confidence, n, ece }] of [
        [before, golden.before],
        [withTemperature(before, golden.temperature), golden.after],
      ] as const) {
        near(calibrationError(labels, answers), ece);
        const bins = reliabilityBins(labels, answers).filter(bin => bin.n > 0);
        assert.deepEqual(
          bins.map(bin => bin.n),
          n,
        );
        for (const [at, bin] of bins.entries()) {
          near(bin.accuracy, accuracy[at]!);
          near(bin.confidence, confidence[at]!);
        }
      }
    });

  it('of sigmoids is that of a softmax over the same logits, whatever their bias', () => {
    const { classes, logits, labels, temperature } = cases[0]!;
    const shared = fromLogits(Float64Array.from(logits), classes);
    const independent = {
      predictions: shared.predictions,
      probabilities: Float64Array.from(logits, logit => 1 / (1 + Math.exp(4 - logit))),
      independent: true as const,
    };
    near(fitTemperature(independent, Int32Array.from(labels)), temperature, 1e-6);
    const after = withTemperature(independent, temperature);
    assert.equal(after.independent, undefined);
    for (const [at, expected] of withTemperature(shared, temperature).probabilities.entries())
      near(after.probabilities[at]!, expected, 1e-9);
  });

  it('where all margins are alike, confidence becomes the accuracy', () => {
    const { answers, labels } = sameMargin(8, 30, 40);
    const temperature = fitTemperature(answers, labels);
    // σ(margin / T) = 3/4
    near(temperature, 8 / Math.log(3), 1e-12);
    const after = withTemperature(answers, temperature);
    near(after.probabilities[0]!, 0.75, 1e-12);
    near(calibrationError(labels, after), 0, 1e-12);
  });

  it('ends at a bound where the least lies beyond it', () => {
    const sure = sameMargin(2, 10, 10);
    assert.equal(fitTemperature(sure.answers, sure.labels), 0.01);
    const wrong = sameMargin(2, 4, 10);
    assert.equal(fitTemperature(wrong.answers, wrong.labels), 100);
  });

  it('counts a probability that float64 cannot hold as the least there is', () => {
    const { answers, labels } = sameMargin(2000, 9, 10);
    assert.equal(answers.probabilities[1], 0);
    assert.ok(Number.isFinite(negativeLogLikelihood(answers, labels)));
    assert.ok(fitTemperature(answers, labels) > 100 / 2);
  });

  it('gives up answers below a threshold, and says what is left', () => {
    // Confidences 0.9, 0.8, 0.7, 0.6; right, right, wrong, right.
    const confident = [0.9, 0.8, 0.7, 0.6];
    const answers = {
      predictions: Int32Array.of(0, 0, 0, 0),
      probabilities: Float64Array.from(confident.flatMap(p => [p, 1 - p])),
    };
    const labels = Int32Array.of(0, 0, 1, 0);
    const thresholds = [0, 0.65, 0.7, 0.75, 0.85, 0.95];
    const left = selectiveAnswers(labels, answers, thresholds);
    assert.deepEqual(left, [
      { answered: 4, right: 3 },
      { answered: 3, right: 2 },
      { answered: 3, right: 2 },
      { answered: 2, right: 2 },
      { answered: 1, right: 1 },
      { answered: 0, right: 0 },
    ]);
    const calibration = {
      temperature: 1,
      dev: { before: { nll: 0, ece: 0 }, after: { nll: 0, ece: 0 } },
      test: { before: { nll: 0, ece: 0 }, after: { nll: 0, ece: 0 } },
      reliability: { before: [], after: [] },
    };
    const aims = answerAims({
      baseline: calibration,
      learned: calibration,
      thresholds: thresholds.map((threshold, at) => ({
        threshold,
        dev: left[at]!,
        test: { answered: 1, right: 0 },
      })),
    });
    assert.deepEqual(
      aims.map(({ aim, at }) => [aim, at?.threshold]),
      [
        [0.8, 0.75],
        [0.9, 0.75],
        [0.95, 0.75],
        [0.99, 0.75],
      ],
    );
  });
});
