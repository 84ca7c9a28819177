import assert from 'node:assert/strict';
import { defaultRecipe } from '../../../src/engine/methods/coop/default-recipe';
import { protocolNotes } from '../../../src/shared/format/protocol-notes';

describe('differences from the paper’s protocol', () => {
  it('are none for the recipe paper, with ImageNet’s epochs too', () => {
    assert.deepEqual(protocolNotes(defaultRecipe({ name: 'paper' }), 37, 592), []);
    assert.deepEqual(protocolNotes(defaultRecipe({ name: 'paper', shots: 1 }), 37, 592), []);
    assert.deepEqual(protocolNotes(defaultRecipe({ name: 'paper', epochs: 50 }), 1000, 16_000), []);
  });

  it('are named one by one', () => {
    assert.deepEqual(
      protocolNotes(defaultRecipe({ name: 'cached', shots: 4, epochs: 20, learningRate: 0.01 }), 8, 32),
      [
        'Not the paper’s protocol: each image is encoded once, by the test transform, 1 seed instead of 3, 20 epochs instead of 100, learning rate 0.01 instead of 0.002. The paper takes a new random crop and flip in every epoch (--recipe paper).',
      ],
    );
    const [views = ''] = protocolNotes(defaultRecipe({ name: 'views', views: 8, seeds: [1, 2, 3] }), 8, 128);
    assert.ok(views.startsWith('Not the paper’s protocol: 8 views of each image take turns.'));
  });

  it('name the recipe fast’s views as they were, and none where there were none', () => {
    const [some, few, none, asked] = [
      protocolNotes(defaultRecipe(), 8, 128),
      protocolNotes(defaultRecipe(), 60, 960),
      protocolNotes(defaultRecipe(), 100, 1600),
      protocolNotes(defaultRecipe({ views: 0 }), 8, 128),
    ].map(([note = '']) => /noise on features of ([^,]*),/.exec(note)?.[1]);
    assert.equal(some, 'each image and of 8 views that are encoded once');
    assert.equal(few, 'each image and of 1 view that is encoded once');
    assert.equal(none, 'each image');
    assert.equal(asked, 'each image');
  });

  it('say that KgCoOp is not the paper’s method', () => {
    const seeds = [1, 2, 3];
    const [held = ''] = protocolNotes(defaultRecipe({ method: 'kgcoop', name: 'paper', seeds }), 8, 128);
    assert.match(held, /held to the baseline’s \(KgCoOp, λ = 8\)/);
    // Without its penalty it is CoOp.
    const free = defaultRecipe({ method: 'kgcoop', name: 'paper', seeds, lambda: 0 });
    assert.deepEqual(protocolNotes(free, 8, 128), []);
  });
});
