import assert from 'node:assert/strict';
import { selectionOverSeeds } from '../../../src/engine/jobs/found-lines';
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

  it('is that of the seed where there is one', () => {
    const only = of(1000, 8, 0.01, 0.3);
    assert.deepEqual(selectionOverSeeds([only], 0), only);
  });
});
