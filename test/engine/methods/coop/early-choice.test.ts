import assert from 'node:assert/strict';
import { EarlyChoice } from '../../../../src/engine/methods/coop/early-choice';

const of = (value: number) => Float32Array.of(value);

describe('early choice', () => {
  function chosen(accuracies: readonly number[], restartEvery = Number.POSITIVE_INFINITY) {
    let choice = new EarlyChoice();
    for (const [at, accuracy] of accuracies.entries()) {
      choice.add(of(at), accuracy);
      if (at % restartEvery === 0) choice = new EarlyChoice(choice.state);
    }
    const { score } = choice;
    const end = choice.end();
    assert.equal(end.score, score);
    return end;
  }

  it('takes the step whose neighbourhood is best, not a lucky one', () => {
    const { at, context, score } = chosen([0.1, 0.9, 0.1, 0.1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.1]);
    assert.deepEqual([at, [...context]], [6, [6]]);
    assert.ok(Math.abs(score - 0.5) < 1e-6);
  });

  it('takes the latest of equals, and the last step where it rises to the end', () => {
    assert.equal(chosen([0.5, 0.5, 0.5]).at, 2);
    assert.equal(chosen([0.125, 0.25, 0.375, 0.5, 0.625, 0.75]).at, 5);
    assert.equal(chosen([0.25]).at, 0);
  });

  it('chooses alike when it is kept and read again after any step', () => {
    const accuracies = Array.from({ length: 30 }, (_, i) => ((i * 37) % 19) / 19);
    for (const every of [1, 2, 3, 7]) assert.deepEqual(chosen(accuracies, every), chosen(accuracies));
  });

  it('keeps the context as it was', () => {
    const choice = new EarlyChoice();
    const context = of(1);
    choice.add(context, 0.5);
    context[0] = 2;
    assert.equal(choice.end().context[0], 1);
  });
});
