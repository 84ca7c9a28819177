import assert from 'node:assert/strict';
import { noisyFeatures } from '../../../../src/engine/methods/coop/feature-noise';

describe('noise on features', () => {
  const [rows, width] = [201, 511];
  const none = new Float32Array(rows * width);
  const noise = noisyFeatures(none, width, 1.5, 7n);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const scaled = [...noise].map(value => (value * Math.sqrt(width)) / 1.5);

  it('is normal: mean, variance, skewness, kurtosis and both tails within four standard errors', () => {
    const n = scaled.length;
    const near = (value: number, expected: number, error: number) =>
      assert.ok(Math.abs(value - expected) < 4 * error, `${value} for ${expected} ± ${error}`);
    near(mean(scaled), 0, 1 / Math.sqrt(n));
    near(mean(scaled.map(x => x ** 2)), 1, Math.sqrt(2 / n) + Math.sqrt(2 / 2 ** 15));
    near(mean(scaled.map(x => x ** 3)), 0, Math.sqrt(15 / n));
    near(mean(scaled.map(x => x ** 4)), 3, Math.sqrt(96 / n) + Math.sqrt(96 / 2 ** 15));
    const tail = 0.02275;
    const error = Math.sqrt((tail * (1 - tail)) / n) + Math.sqrt(tail / 2 ** 15);
    near(mean(scaled.map(x => (x > 2 ? 1 : 0))), tail, error);
    near(mean(scaled.map(x => (x < -2 ? 1 : 0))), tail, error);
  });

  it('has the length asked for, differs from image to image, and neighbours know nothing of each other', () => {
    const lengths = Array.from({ length: rows }, (_, row) =>
      Math.hypot(...noise.subarray(row * width, (row + 1) * width)),
    );
    assert.ok(Math.abs(mean(lengths) - 1.5) < 0.02, `${mean(lengths)}`);
    const products = scaled.slice(1).map((x, i) => x * scaled[i]!);
    assert.ok(Math.abs(mean(products)) < 4 / Math.sqrt(products.length));
    assert.notDeepEqual(noise.subarray(0, width), noise.subarray(width, 2 * width));
  });

  it('is added, is the same for a key, and another for another', () => {
    const features = Float32Array.from(none, (_, i) => (i % 7) / 7);
    const noisy = noisyFeatures(features, width, 1.5, 7n);
    for (const at of [0, 1, 777, noisy.length - 1])
      assert.ok(Math.abs(noisy[at]! - features[at]! - noise[at]!) < 1e-6);
    assert.deepEqual(noisyFeatures(none, width, 1.5, 7n), noise);
    assert.notDeepEqual(noisyFeatures(none, width, 1.5, 8n), noise);
  });
});
