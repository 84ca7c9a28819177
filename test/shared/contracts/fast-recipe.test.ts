import assert from 'node:assert/strict';
import { defaultRecipe } from '../../../src/engine/methods/coop/default-recipe';
import { beginningAt, fastEvaluations } from '../../../src/shared/contracts/fast-recipe';

describe('the evaluations of the recipe fast', () => {
  /** Beginnings of all evaluations of a seed: how many each has. */
  const shared = (epochs: number, total = fastEvaluations(epochs)) => {
    const counts = [0, 0, 0];
    for (let at = 1; at <= total; at++) counts[beginningAt(at, total, defaultRecipe({ epochs }))!]! += 1;
    return counts;
  };

  it('are of two beginnings, then of the chosen one; of both alone where there are more than the fewest, or very few', () => {
    assert.deepEqual(
      [1, 15, 16, 65, 66, 200].map(epochs => shared(epochs)),
      [
        [1, 1, 0],
        [15, 15, 0],
        [15, 15, 1],
        [15, 15, 50],
        [66, 66, 0],
        [200, 200, 0],
      ],
    );
  });

  it('are told apart in a run that began with other numbers, as its total says', () => {
    assert.deepEqual(shared(205, 220), [15, 15, 190]);
  });

  it('have a place whatever a file says, and none with other recipes', () => {
    for (const [evaluation, total, epochs] of [
      [0, 0, 0],
      [1, 0, 0],
      [7, 3, 50],
    ] as const) {
      const place = beginningAt(evaluation, total, { ...defaultRecipe(), epochs });
      assert.ok(place === 0 || place === 1 || place === 2, `${place}`);
    }
    assert.equal(beginningAt(1, 200, defaultRecipe({ name: 'cached' })), null);
  });
});
