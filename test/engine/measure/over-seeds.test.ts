import assert from 'node:assert/strict';
import { accuracyOverSeeds, deltaOverSeeds, meanAndStd } from '../../../src/engine/measure/over-seeds';
import { pairedDelta } from '../../../src/engine/measure/paired-delta';
import { proportion } from '../../../src/engine/measure/wilson';
import { pythonRandom } from '../../../src/engine/random/mersenne-twister';

const N = 2000;
const random = pythonRandom(7);
const labels = Int32Array.from({ length: N }, () => Math.floor(random.random() * 5));
/** Answers that are right with a probability. */
const answers = (right: number) => labels.map(label => (random.random() < right ? label : (label + 1) % 5));
const base = answers(0.5);

describe('several seeds', () => {
  it('that are all the same give the interval of one', () => {
    const one = answers(0.56);
    const [exact, many] = [pairedDelta(labels, base, one), deltaOverSeeds(labels, base, [one, one, one])];
    assert.ok(Math.abs(many.difference - exact.difference) < 1e-12);
    assert.deepEqual([many.fixed, many.broken, many.seeds], [exact.fixed, exact.broken, 3]);
    // 2000 resamples: their 2.5 % points vary by about 0.002.
    assert.ok(Math.abs(many.low - exact.low) < 0.005, `${many.low} ${exact.low}`);
    assert.ok(Math.abs(many.high - exact.high) < 0.005, `${many.high} ${exact.high}`);
    const accuracy = accuracyOverSeeds(labels, [one, one]);
    const right = one.filter((answer, i) => answer === labels[i]).length;
    const wilson = proportion(right, N);
    assert.ok(Math.abs(accuracy.value - wilson.value) < 1e-12);
    assert.ok(Math.abs(accuracy.low - wilson.low) < 0.005 && Math.abs(accuracy.high - wilson.high) < 0.005);
  });

  it('that differ widen it: by the variance of seeds and of images together', () => {
    const seeds = [0.44, 0.5, 0.56, 0.62, 0.68].map(answers);
    const delta = deltaOverSeeds(labels, base, seeds);
    const each = seeds.map(next => pairedDelta(labels, base, next).difference);
    const { mean, std } = meanAndStd(each);
    assert.ok(Math.abs(delta.difference - mean) < 1e-12);
    // The bootstrap of S values has the variance (S − 1)/S of their sample variance.
    const overSeeds = std * Math.sqrt(4 / 5 / 5);
    const overImages = 0.5 / Math.sqrt(N);
    const half = 1.96 * Math.hypot(overSeeds, overImages);
    assert.ok(
      Math.abs((delta.high - delta.low) / 2 / half - 1) < 0.15,
      `${delta.high - delta.low} ${2 * half}`,
    );
    const alone = pairedDelta(labels, base, seeds[2]!);
    assert.ok(delta.high - delta.low > 1.5 * (alone.high - alone.low));
  });

  it('say as plainly that they show nothing, and that they show something', () => {
    const nothing = deltaOverSeeds(labels, base, [answers(0.5), answers(0.5), answers(0.5)]);
    assert.ok(nothing.low < 0 && nothing.high > 0 && nothing.p > 0.05);
    const much = deltaOverSeeds(labels, base, [answers(0.7), answers(0.72), answers(0.74)]);
    assert.ok(much.low > 0 && much.p < 0.001);
  });

  it('give the same numbers every time, and none for no images', () => {
    const seeds = [answers(0.5), answers(0.6)];
    assert.deepEqual(deltaOverSeeds(labels, base, seeds), deltaOverSeeds(labels, base, seeds));
    const none = Int32Array.of();
    const { difference, low, high, p } = deltaOverSeeds(none, none, [none, none]);
    assert.deepEqual({ difference, low, high, p }, { difference: 0, low: 0, high: 0, p: 1 });
  });

  it('have the sample standard deviation', () => {
    assert.deepEqual(meanAndStd([1, 2, 3]), { mean: 2, std: 1 });
  });
});
