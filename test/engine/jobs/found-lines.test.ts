import assert from 'node:assert/strict';
import { selectionOverSeeds } from '../../../src/engine/jobs/found-lines';
import { holm } from '../../../src/engine/measure/holm';
import type { Selection } from '../../../src/shared/contracts/selection';

describe('what is said of the line that was found', () => {
  const of = (candidates: number, compared: number, p: number, mean: number): Selection => ({
    candidates,
    compared,
    dev: { difference: 0.1, p, adjustedP: Math.min(1, p * compared) },
    random: { lines: 20, mean, std: 0.01, atLeast: 0.05 },
  });

  it('counts what all seeds tried, since it is the best of them all', () => {
    const seeds = [of(1000, 8, 0.2, 0.3), of(1100, 7, 0.01, 0.4), of(900, 8, 0.5, 0.5)];
    const { candidates, compared, dev, random } = selectionOverSeeds(seeds, 1);
    assert.deepEqual([candidates, compared], [3000, 23]);
    assert.deepEqual({ ...dev, adjustedP: 0 }, { difference: 0.1, p: 0.01, adjustedP: 0 });
    assert.ok(Math.abs(dev.adjustedP - 0.23) < 1e-12, `${dev.adjustedP}`);
    assert.equal(random.mean, 0.4);
  });

  it('has Holm’s p of the smallest among all that were compared, however many', () => {
    for (const p of [0, 1e-9, 0.003, 1 / 3, 0.7, 1])
      for (const compared of [0, 1, 2, 3, 7, 250]) {
        const others = Array<number>(Math.max(0, compared - 1)).fill(1);
        const { dev } = selectionOverSeeds([of(1000, compared, p, 0.3)], 0);
        assert.equal(dev.adjustedP, holm([p, ...others])[0], `${p} of ${compared}`);
      }
    const { dev } = selectionOverSeeds([of(0, 2 ** 40, 2 ** -50, 0.3)], 0);
    assert.equal(dev.adjustedP, 2 ** -10);
  });

  it('is that of the seed where there is one', () => {
    const only = of(1000, 8, 0.01, 0.3);
    assert.deepEqual(selectionOverSeeds([only], 0), only);
  });
});
