import assert from 'node:assert/strict';
import { selectionNotes } from '../../../src/shared/format/selection-notes';

describe('what makes a chosen line believable', () => {
  it('is said with every number: tried, compared, dev with its correction, test, and random lines', () => {
    const notes = selectionNotes(
      {
        candidates: 11_544,
        compared: 8,
        dev: { difference: 0.053, p: 0.021, adjustedP: 0.168 },
        random: { lines: 20, mean: 0.219, std: 0.037, atLeast: 0.05 },
      },
      -0.012,
    );
    const text = notes.join(' ');
    for (const said of [
      '11,544 candidates tried; the best of 8 was chosen on dev images: +5.3 pts there',
      '(p = 0.02, corrected for having chosen the best of 8 by Holm’s method p = 0.17)',
      'On test images, which chose nothing, it is −1.2 pts',
      '21.9 % ± 3.7 on test (mean of 20;',
      '5.0 % of them do as well',
    ])
      assert.ok(text.includes(said), `${said}\n${text}`);
  });
});
