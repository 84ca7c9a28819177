import assert from 'node:assert/strict';
import fc from 'fast-check';
import { exactInterval } from '../../../src/engine/measure/exact-interval';
import { mcnemarExact } from '../../../src/engine/measure/mcnemar';
import { deltaOverSeeds } from '../../../src/engine/measure/over-seeds';
import { pairedDelta } from '../../../src/engine/measure/paired-delta';
import type { Delta } from '../../../src/shared/contracts/report';
import { SIGNIFICANT, verdictOf } from '../../../src/shared/format/verdict';

const leavesZeroOut = ({ low, high }: Pick<Delta, 'low' | 'high'>) => low > 0 || high < 0;

/** The difference of two prompts that fix and break so many of n images. */
function deltaOf(fixed: number, broken: number, n: number): Delta {
  const labels = new Int32Array(n);
  const base = labels.map((_, i) => Number(i < fixed));
  const next = labels.map((_, i) => Number(i >= fixed && i < fixed + broken));
  return pairedDelta(labels, base, next);
}

describe('a difference’s interval and its test', () => {
  it('say the same of zero, for all few changes of a few numbers of images', () => {
    let widened = 0;
    for (const n of [10, 171, 1000])
      for (let fixed = 0; fixed <= Math.min(n, 20); fixed++)
        for (let broken = 0; broken <= Math.min(n - fixed, 20); broken++) {
          const delta = deltaOf(fixed, broken, n);
          assert.equal(
            leavesZeroOut(delta),
            delta.p < SIGNIFICANT,
            `${fixed} fixed, ${broken} broken of ${n}`,
          );
          assert.equal(verdictOf(delta) === 'none', !(delta.p < SIGNIFICANT));
          assert.ok(delta.low <= delta.difference && delta.difference <= delta.high);
          if (fixed === 4 && broken === 0) widened += Number(delta.low <= 0);
        }
    assert.equal(widened, 3, 'four fixed and none broken is p = 0.125');
  });

  it('say the same for any numbers', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(400), fc.nat(2000), (fixed, broken, same) => {
        const delta = deltaOf(fixed, broken, fixed + broken + same);
        assert.equal(leavesZeroOut(delta), delta.p < SIGNIFICANT);
      }),
      { numRuns: 60 },
    );
  });

  it('of the exact test alone do by its construction', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2000), (fixed, broken) => {
        const p = mcnemarExact(broken, fixed);
        if (Math.abs(p - SIGNIFICANT) > 1e-9)
          assert.equal(leavesZeroOut(exactInterval(fixed, broken, 5000)), p < SIGNIFICANT);
      }),
    );
    // scipy.stats.binomtest(7, 8).proportion_ci(): 0.4734903, 0.9968403
    const { low, high } = exactInterval(7, 1, 100);
    assert.ok(Math.abs(low - ((2 * 0.4734903 - 1) * 8) / 100) < 1e-8, `${low}`);
    assert.ok(Math.abs(high - ((2 * 0.9968403 - 1) * 8) / 100) < 1e-8, `${high}`);
  });

  it('over seeds say the same, too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })), {
          minLength: 20,
          maxLength: 60,
        }),
        images => {
          const labels = new Int32Array(images.length);
          const base = labels.map((_, i) => Number(images[i]![0]));
          const answers = [0, 1, 2].map(seed => labels.map((_, i) => Number(images[i]![1][seed])));
          const delta = deltaOverSeeds(labels, base, answers);
          assert.equal(leavesZeroOut(delta), delta.p < SIGNIFICANT);
        },
      ),
      { numRuns: 50 },
    );
  });
});
