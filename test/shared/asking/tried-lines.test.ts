import assert from 'node:assert/strict';
import { improveLines } from '../../../src/shared/asking/improve-lines';
import { TriedLines } from '../../../src/shared/asking/tried-lines';
import type { Suggestion } from '../../../src/shared/contracts/suggest';

describe('lines that were tried', () => {
  const scored = (line: string): Suggestion => ({
    line,
    source: 'asked',
    accuracy: 0.5,
    difference: 0,
    p: 1,
  });

  it('are counted as they come, also of a model that fails in its eighth round', async () => {
    const tried = new TriedLines();
    tried.add(['a {}', 'the {}'].map(scored));
    assert.equal(tried.compared, 2);
    tried.searched(5);
    assert.equal(tried.compared, 5);
    let round = 0;
    const asking = improveLines([], {
      ask: async () => {
        round += 1;
        if (round === 8) throw new Error('no answer');
        return `- a photo ${'x'.repeat(round)} of a {}`;
      },
      score: async lines => {
        const found = lines.map(scored);
        tried.add(found);
        return found;
      },
      onRound: () => true,
    });
    await assert.rejects(asking, /no answer/);
    assert.equal(tried.found.length, 2 + 7);
    assert.equal(tried.compared, 5 + 7);
  });
});
