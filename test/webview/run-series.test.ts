import assert from 'node:assert/strict';
import type { RecipeName } from '../../src/shared/contracts/recipes';
import { seriesOf } from '../../webview/dashboard/run-series';
import { sampleRun } from './support/sample-runs';

describe('the curves of a run', () => {
  /** How many epochs each piece has, of a run whose seeds have so many. */
  const pieces = (recipe: RecipeName, ...seeds: readonly number[]) => {
    const run = sampleRun({ recipe, epochs: 0 });
    const events = seeds.flatMap((epochs, at) =>
      sampleRun({ epochs }).events.flatMap(event =>
        event.type === 'epoch' ? [{ ...event, seed: at + 1 }] : [],
      ),
    );
    const counts = new Map<number, number>();
    for (const piece of seriesOf({ ...run, events }).pieces) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    return [...counts.values()];
  };

  it('are one for each seed', () => {
    assert.deepEqual(pieces('cached', 50), [50]);
    assert.deepEqual(pieces('cached', 50, 50, 20), [50, 50, 20]);
  });

  it('and with the recipe fast one for each beginning, and for what goes on', () => {
    assert.deepEqual(pieces('fast', 65, 31), [15, 15, 35, 15, 15, 1]);
  });

  it('of none are none', () => {
    assert.deepEqual(pieces('fast'), []);
  });
});
