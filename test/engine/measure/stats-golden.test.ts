import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mcnemarExact } from '../../../src/engine/measure/mcnemar';
import { confusionMatrix, metricsOf, topK } from '../../../src/engine/measure/metrics';
import { pairedDelta } from '../../../src/engine/measure/paired-delta';
import { calibrationError } from '../../../src/engine/measure/reliability';
import { proportion } from '../../../src/engine/measure/wilson';
import { classify } from '../../../src/engine/measure/zero-shot';
import { root } from '../../support/root';

interface Stats {
  readonly sets: readonly {
    readonly name: string;
    readonly classes: number;
    readonly y_true: readonly number[];
    readonly y_pred: readonly number[];
    readonly second_model_pred: readonly number[];
    readonly probs: readonly (readonly number[])[];
    readonly accuracy: number;
    readonly balanced_accuracy: number;
    readonly macro_f1_labels_in_y_true: number;
    readonly confusion_matrix_rows_true: readonly (readonly number[])[];
    readonly top_k: { readonly k: number; readonly accuracy: number };
    readonly ece15: number;
    readonly mcnemar_vs_second: {
      readonly b_first_only_right: number;
      readonly c_second_only_right: number;
      readonly p_exact: number;
    };
  }[];
  readonly mcnemar: readonly { readonly b: number; readonly c: number; readonly p_exact: number }[];
  readonly wilson: readonly {
    readonly k: number;
    readonly n: number;
    readonly alpha: number;
    readonly low: number;
    readonly high: number;
  }[];
}

const stats = JSON.parse(readFileSync(path.join(root, 'test/fixtures/golden/stats.json'), 'utf8')) as Stats;
const near = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) <= 1e-9, `${what}: ${actual} ≠ ${expected}`);
const nearRelative = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 1e-9 * expected, `${actual} ≠ ${expected}`);
/** Normal points of the recorded levels (scipy.stats.norm.ppf). */
const Z: Readonly<Record<string, number>> = {
  0.05: 1.959963984540054,
  0.1: 1.6448536269514722,
  0.01: 2.5758293035489004,
};

describe('statistics', () => {
  for (const set of stats.sets) {
    it(`${set.name}: metrics are scikit-learn's`, () => {
      const [labels, predictions] = [Int32Array.from(set.y_true), Int32Array.from(set.y_pred)];
      const probabilities = Float64Array.from(set.probs.flat());
      const metrics = metricsOf(labels, predictions, probabilities, set.classes);
      near(metrics.accuracy.value, set.accuracy, 'accuracy');
      near(metrics.balancedAccuracy, set.balanced_accuracy, 'balanced accuracy');
      near(metrics.macroF1, set.macro_f1_labels_in_y_true, 'macro F1');
      near(calibrationError(labels, { predictions, probabilities }), set.ece15, 'ECE');
      near(topK(labels, probabilities, set.classes, set.top_k.k), set.top_k.accuracy, 'top k');
      assert.deepEqual(confusionMatrix(labels, predictions, set.classes), set.confusion_matrix_rows_true);
      const second = Int32Array.from(set.second_model_pred);
      const delta = pairedDelta(labels, second, predictions);
      const { b_first_only_right: b, c_second_only_right: c, p_exact: p } = set.mcnemar_vs_second;
      assert.deepEqual([delta.fixed, delta.broken], [b, c]);
      nearRelative(delta.p, p);
    });
  }

  it('McNemar’s exact p is scipy’s', () => {
    for (const { b, c, p_exact: p } of stats.mcnemar) nearRelative(mcnemarExact(b, c), p);
  });

  it('Wilson’s interval is statsmodels’', () => {
    for (const { k, n, alpha, low, high } of stats.wilson) {
      const interval = proportion(k, n, Z[alpha]!);
      near(interval.low, low, `${k}/${n} low`);
      near(interval.high, high, `${k}/${n} high`);
    }
  });

  it('the bootstrap interval of a paired difference is that of resampled images', () => {
    const n = 300;
    const labels = new Int32Array(n);
    const base = Int32Array.from({ length: n }, (_, i) => (i < 100 ? 1 : 0));
    const next = Int32Array.from({ length: n }, (_, i) => (i < 40 || (i >= 100 && i < 115) ? 1 : 0));
    const delta = pairedDelta(labels, base, next);
    assert.deepEqual([delta.fixed, delta.broken, delta.n], [60, 15, n]);
    near(delta.difference, 45 / n, 'difference');
    // The normal approximation of a mean of +1, −1 and 0 is close at this n.
    const spread = Math.sqrt((75 / n - (45 / n) ** 2) / n);
    assert.ok(Math.abs(delta.low - (delta.difference - 1.96 * spread)) < 0.006);
    assert.ok(Math.abs(delta.high - (delta.difference + 1.96 * spread)) < 0.006);
    assert.deepEqual(pairedDelta(labels, base, next), delta);
    const same = pairedDelta(labels, base, base);
    assert.deepEqual([same.low, same.high, same.p, same.difference], [0, 0, 1, 0]);
  });

  it('classifies by cosine, the first of equals', () => {
    const { predictions, probabilities } = classify(
      Float32Array.of(3, 0, 0, -2, 1, 1),
      Float32Array.of(1, 0, 0, 1, 0, 1),
      2,
      10,
    );
    assert.deepEqual([...predictions], [0, 0, 0]);
    for (let i = 0; i < 3; i++)
      near(probabilities[i * 3]! + probabilities[i * 3 + 1]! + probabilities[i * 3 + 2]!, 1, 'sum');
  });
});
