import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compactDelta, fullDelta, markedDelta } from '../../../src/shared/format/delta';
import { pValue } from '../../../src/shared/format/p-value';
import { pointsRange } from '../../../src/shared/format/points';
import { SIGNIFICANT, verdictOf } from '../../../src/shared/format/verdict';

const delta = (difference: number, low: number, high: number, p: number) => ({
  difference,
  low,
  high,
  p,
  n: 342,
  fixed: 40,
  broken: 20,
});

describe('a difference', () => {
  it('always has its sign, an arrow only where it is one, and says where it is none', () => {
    for (const [value, compact, marked] of [
      [delta(0.0058, -0.01, 0.02, 0.62), '+0.6 n.s.', '+0.6 pts n.s.'],
      [delta(-0.0058, -0.02, 0.01, 0.62), '−0.6 n.s.', '−0.6 pts n.s.'],
      [delta(0, -0.01, 0.01, 1), '±0.0 n.s.', '±0.0 pts n.s.'],
      [delta(0.173, 0.1, 0.2, 1e-9), '▲+17.3', '▲ +17.3 pts'],
      [delta(-0.103, -0.2, -0.01, 0.03), '▼−10.3', '▼ −10.3 pts'],
      // A file of anyone, whose numbers contradict each other.
      [delta(0.012, 0.001, 0.023, 0.06), '+1.2 n.s.', '+1.2 pts n.s.'],
      [delta(0.012, -0.001, 0.023, 0.01), '+1.2 n.s.', '+1.2 pts n.s.'],
      [delta(0.012, 0.001, 0.023, Number.NaN), '+1.2 n.s.', '+1.2 pts n.s.'],
    ] as const)
      assert.deepEqual([compactDelta(value), markedDelta(value)], [compact, marked]);
  });

  it('fits an inlay hint behind an accuracy', () => {
    assert.ok(`25.1% ${compactDelta(delta(-0.103, -0.2, 0.01, 0.06))}`.length <= 16);
  });

  it('shows numbers that agree with it, however they are rounded', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-5, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (low, p) => {
          const shown = fullDelta(delta(low, low / 3, low * 2, p));
          const printed = /, p (=|<) ([\d.]+)\)$/.exec(shown)!;
          assert.equal(printed[1] === '<' || Number(printed[2]) < SIGNIFICANT, p < SIGNIFICANT, shown);
          assert.match(shown, /interval \+0*\.?0*[1-9]|interval \+\d+\.\d/, shown);
        },
      ),
    );
    assert.equal(pValue(0.0496), 'p = 0.0496');
    assert.equal(pValue(0.0504), 'p = 0.05');
    assert.equal(pValue(0.047), 'p = 0.047');
    assert.equal(pValue(0.16), 'p = 0.16');
    assert.equal(pointsRange(0.0002, 0.058), '+0.02 to +5.8 pts');
    assert.equal(pointsRange(-0.0002, 0), '−0.02 to ±0.0 pts');
    assert.equal(verdictOf({ low: 0.0002, high: 0.058, p: 0.0496 }), 'gain');
  });
});
