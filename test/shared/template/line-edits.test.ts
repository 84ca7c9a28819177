import assert from 'node:assert/strict';
import { lineEdits, wordsOfTemplates } from '../../../src/shared/template/line-edits';
import { parseTemplate } from '../../../src/shared/template/parse-template';
import { isPlain } from '../../../src/shared/template/syntax';

const edits = (line: string, words: readonly string[]) =>
  lineEdits(parseTemplate(line).template!, words).map(({ source, line: edited }) => [source, edited]);

describe('single edits of a line', () => {
  it('put in, take out and replace one word, each line once', () => {
    assert.deepEqual(edits('a {}.', ['big']), [
      ['drop', '{}.'],
      ['replace', 'big {}.'],
      ['insert', 'big a {}.'],
      ['insert', 'a big {}.'],
      ['insert', 'a {} big.'],
    ]);
    assert.deepEqual(edits('{}', ['x', 'x']), [
      ['insert', 'x {}'],
      ['insert', '{} x'],
    ]);
  });

  it('leave slots, commas and what is escaped where they are', () => {
    const changed = edits('a photo, <pets.2> of {}, {kind} \\{x\\}!', ['red']).map(([, line]) => line!);
    assert.ok(changed.includes('a, <pets.2> of {}, {kind} \\{x\\}!'));
    assert.ok(changed.includes('a red, <pets.2> of {}, {kind} \\{x\\}!'));
    assert.ok(changed.includes('a photo, <pets.2> of {}, {kind} \\{x\\} red!'));
    for (const line of changed) {
      assert.ok(line.includes('<pets.2>') && line.includes('{kind}') && line.includes('\\{x\\}'), line);
      assert.ok(isPlain(parseTemplate(line).template!));
    }
    assert.equal(new Set(changed).size, changed.length);
  });

  it('words of templates are those of their text', () => {
    assert.deepEqual(wordsOfTemplates(['a close-up photo of a {}.', 'itap of {label} [V:4] <pets>', 'a b']), [
      'a',
      'close-up',
      'photo',
      'of',
      'itap',
      'b',
    ]);
  });
});
