import assert from 'node:assert/strict';
import { chosenSuggestion } from '../../../src/shared/verdicts/chosen-suggestion';

describe('the suggestion that is chosen', () => {
  const line = (difference: number) => ({ line: 'a {}', difference });
  const ensemble = (difference: number) => ({
    lines: ['b {}', 'c {}'],
    accuracy: 1,
    difference,
    p: 1,
    images: 9,
  });

  it('is better than the line as it is, or there is none', () => {
    assert.deepEqual(chosenSuggestion({ suggestions: [line(0.1), line(0)], ensemble: null }), ['a {}']);
    for (const difference of [0, -0.1])
      assert.equal(chosenSuggestion({ suggestions: [line(difference)], ensemble: ensemble(0) }), null);
    assert.equal(chosenSuggestion({ suggestions: [], ensemble: null }), null);
  });

  it('is the ensemble where that is better than every line', () => {
    assert.deepEqual(chosenSuggestion({ suggestions: [line(0.1)], ensemble: ensemble(0.2) }), [
      'b {}',
      'c {}',
    ]);
    assert.deepEqual(chosenSuggestion({ suggestions: [line(0.1)], ensemble: ensemble(0.1) }), ['a {}']);
  });
});
