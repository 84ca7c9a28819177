import assert from 'node:assert/strict';
import fc from 'fast-check';
import { visibleJson, visibleText } from '../../../src/shared/format/visible-text';
import { foreignText, UNSEEN } from '../../support/foreign-text';

describe('text for a terminal', () => {
  it('is one line of what can be seen, and stays so', () => {
    fc.assert(
      fc.property(foreignText, text => {
        const shown = visibleText(text);
        assert.doesNotMatch(shown, UNSEEN);
        assert.equal(visibleText(shown), shown);
      }),
      { numRuns: 2000 },
    );
    assert.equal(visibleText('x\u001b]52;c;cm0gLXJm\u0007'), 'x\\u001b]52;c;cm0gLXJm\\u0007');
    assert.equal(
      visibleText('a\r\nb\t\u009b2J\u202e\u{e0041}\ud800'),
      'a\\r\\nb\\t\\u009b2J\\u202e\\u{e0041}\\ud800',
    );
  });

  it('leaves letters, marks, emoji and their joiners as they are', () => {
    for (const text of ['größe', 'C:\\a b', '猫', 'e\u0301', '👩\u200d💻', 'می\u200cخواهم', '▲ +1.0'])
      assert.equal(visibleText(text), text);
  });

  it('is the same JSON value to a program', () => {
    fc.assert(
      fc.property(
        fc.dictionary(foreignText, fc.array(foreignText)),
        fc.constantFrom(undefined, 2),
        (value, indent) => {
          const shown = visibleJson(value, indent);
          assert.deepEqual(JSON.parse(shown), JSON.parse(JSON.stringify(value)));
          for (const line of shown.split('\n')) assert.doesNotMatch(line, UNSEEN);
        },
      ),
    );
  });
});
