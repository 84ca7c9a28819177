import assert from 'node:assert/strict';
import { defaultRecipe } from '../../../src/engine/methods/coop/default-recipe';
import { protocolNotes } from '../../../src/shared/format/protocol-notes';

describe('differences from the paper’s protocol', () => {
  it('are none for the recipe paper, with ImageNet’s epochs too', () => {
    assert.deepEqual(protocolNotes(defaultRecipe({ name: 'paper' }), 37), []);
    assert.deepEqual(protocolNotes(defaultRecipe({ name: 'paper', shots: 1 }), 37), []);
    assert.deepEqual(protocolNotes(defaultRecipe({ name: 'paper', epochs: 50 }), 1000), []);
  });

  it('are named one by one', () => {
    assert.deepEqual(
      protocolNotes(defaultRecipe({ name: 'cached', shots: 4, epochs: 20, learningRate: 0.01 }), 8),
      [
        'Not the paper’s protocol: each image is encoded once, by the test transform, 1 seed instead of 3, 20 epochs instead of 100, learning rate 0.01 instead of 0.002. The paper takes a new random crop and flip in every epoch (--recipe paper).',
      ],
    );
    const [views = ''] = protocolNotes(defaultRecipe({ name: 'views', views: 8, seeds: [1, 2, 3] }), 8);
    assert.ok(views.startsWith('Not the paper’s protocol: 8 views of each image take turns.'));
  });
});
