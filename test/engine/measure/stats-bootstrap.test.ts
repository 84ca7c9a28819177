import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bootstrapInterval } from '../../../src/engine/measure/paired-bootstrap';
import { pythonRandom } from '../../../src/engine/random/mersenne-twister';

const contributions = (fixed: number, broken: number, n: number) =>
  Array.from({ length: n }, (_, i) => (i < fixed ? 1 : i < fixed + broken ? -1 : 0));

/** The interval from sums of resamples, each equally likely. */
function percentiles(sums: number[], n: number) {
  sums.sort((a, b) => a - b);
  const cut = Math.ceil(0.025 * sums.length) - 1;
  return { low: sums[cut]! / n, high: sums[sums.length - 1 - cut]! / n };
}

/** Every one of the nⁿ resamples. */
function allResamples(fixed: number, broken: number, n: number) {
  const values = contributions(fixed, broken, n);
  let sums = [0];
  for (let draw = 0; draw < n; draw++) sums = sums.flatMap(sum => values.map(value => sum + value));
  return percentiles(sums, n);
}

describe('paired bootstrap', () => {
  it('is the interval of all possible resamples', () => {
    for (let n = 1; n <= 6; n++) {
      for (let fixed = 0; fixed <= n; fixed++) {
        for (let broken = 0; fixed + broken <= n; broken++)
          assert.deepEqual(
            bootstrapInterval(fixed, broken, n),
            allResamples(fixed, broken, n),
            `${fixed} fixed, ${broken} broken of ${n}`,
          );
      }
    }
  });

  it('is what resampling images at random tends to', () => {
    const random = pythonRandom(1);
    for (const [fixed, broken, n] of [
      [60, 15, 300],
      [3, 0, 40],
      [5, 30, 100],
    ] as const) {
      const values = contributions(fixed, broken, n);
      const sums = Array.from({ length: 10_000 }, () => {
        let sum = 0;
        for (let draw = 0; draw < n; draw++) sum += values[Math.floor(random.random() * n)]!;
        return sum;
      });
      const [drawn, found] = [percentiles(sums, n), bootstrapInterval(fixed, broken, n)];
      assert.ok(Math.abs(drawn.low - found.low) < 1.5 / n, `${drawn.low} ≠ ${found.low}`);
      assert.ok(Math.abs(drawn.high - found.high) < 1.5 / n, `${drawn.high} ≠ ${found.high}`);
    }
  });

  it('turns with the comparison, and holds the difference, at any size', () => {
    const counts = fc
      .integer({ min: 1, max: 3000 })
      .chain(n => fc.integer({ min: 0, max: n }).map(fixed => ({ n, fixed })))
      .chain(({ n, fixed }) => fc.integer({ min: 0, max: n - fixed }).map(broken => ({ n, fixed, broken })));
    fc.assert(
      fc.property(counts, ({ n, fixed, broken }) => {
        const { low, high } = bootstrapInterval(fixed, broken, n);
        const turned = bootstrapInterval(broken, fixed, n);
        // Equal but for −0.
        assert.ok(low === -turned.high && high === -turned.low);
        assert.ok(-1 <= low && low <= (fixed - broken) / n && (fixed - broken) / n <= high && high <= 1);
      }),
      { numRuns: 60 },
    );
    const [fixed, broken, n] = [5000, 7500, 50_000];
    const { low, high } = bootstrapInterval(fixed, broken, n);
    const mean = (fixed - broken) / n;
    const half = 1.959963984540054 * Math.sqrt(((fixed + broken) / n - mean ** 2) / n);
    assert.ok(Math.abs(low - (mean - half)) < 2 / n && Math.abs(high - (mean + half)) < 2 / n);
  });
});
