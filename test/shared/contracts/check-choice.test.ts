import assert from 'node:assert/strict';
import { checkChoice } from '../../../src/shared/contracts/check-choice';
import type { SpecChoice } from '../../../src/shared/contracts/method-spec';

describe('values of a run', () => {
  it('that it would not learn with are refused', () => {
    for (const [choice, message] of [
      [{ lambda: 3 }, /λ belongs to the method kgcoop/],
      [{ method: 'kgcoop', name: 'fast' }, /KgCoOp has no recipe “fast”/],
      [{ learningRate: 0.1 }, /not the recipe fast’s/],
      [{ name: 'fast', batch: 8 }, /not the recipe fast’s/],
      [{ name: 'cached', views: 3 }, /Views belong to/],
      [{ method: 'kgcoop', views: 3 }, /Views belong to/],
      [{ name: 'views', views: 0 }, /needs a view/],
      [{ seeds: [1, 2, 1] }, /seed 1 stands twice/],
    ] as const satisfies readonly (readonly [SpecChoice, RegExp])[])
      assert.throws(() => checkChoice(choice), { code: 'usage', message });
  });

  it('that go together are taken', () => {
    for (const choice of [
      {},
      { name: 'fast', views: 0, epochs: 30, seeds: [0, 1] },
      { method: 'kgcoop', lambda: 0, learningRate: 0.1 },
      { name: 'views', views: 2, batch: 4 },
    ] as const satisfies readonly SpecChoice[])
      checkChoice(choice);
  });
});
