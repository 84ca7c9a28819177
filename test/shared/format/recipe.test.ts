import assert from 'node:assert/strict';
import { defaultRecipe } from '../../../src/engine/methods/coop/default-recipe';
import { epochsInWords, recipeInWords } from '../../../src/shared/format/recipe';

describe('a recipe in words', () => {
  it('says its epochs so that they are found again, whatever stands around them', () => {
    for (const epochs of [1, 50, 200, 1000, 123_456]) {
      const words = recipeInWords({ ...defaultRecipe({ name: 'cached', shots: 16 }), epochs });
      assert.equal(epochsInWords(words), epochs, words);
      assert.equal(epochsInWords(`${words}, seed 2`), epochs);
    }
    const held = recipeInWords(defaultRecipe({ method: 'kgcoop', shots: 4 }));
    assert.equal(held, 'cached, KgCoOp λ = 8, 4 shots, 100 epochs');
    assert.equal(epochsInWords(held), 100);
    assert.equal(epochsInWords('imported from a PyTorch checkpoint, epoch 50'), 50);
    assert.equal(epochsInWords('16 shots, seed 1, 200 epochs'), 200);
    assert.equal(epochsInWords('words, 16 shots, 8 chains, seed 1'), undefined);
    assert.equal(epochsInWords(''), undefined);
  });
});
