import assert from 'node:assert/strict';
import { filledTemplate, wordsSlotOf } from '../../../src/shared/template/fill-words';
import { parseTemplate } from '../../../src/shared/template/parse-template';
import { publishedPhrases } from '../../../src/shared/template/published-phrases';
import { isPlain } from '../../../src/shared/template/syntax';

const filled = (line: string, words: string) => filledTemplate(parseTemplate(line).template!, words).line;

describe('words in the place of their slot', () => {
  it('make a plain template of the line; none take the slot out with one blank', () => {
    assert.equal(filled('[words:4] {}.', 'bright small toy'), 'bright small toy {}.');
    assert.equal(filled('a photo of a {}, [words:2].', 'seen far'), 'a photo of a {}, seen far.');
    assert.equal(filled('a [words:2] {} in {place}', 'very old'), 'a very old {} in {place}');
    assert.equal(filled('[words:4] {}.', ''), '{}.');
    assert.equal(filled('a photo of a {} [words:4].', ''), 'a photo of a {}.');
  });

  it('keep what else the line says, and its escapes', () => {
    assert.equal(
      filled('\\[words\\] [words:1] \\{x\\} {} <pets>', 'nice'),
      '\\[words] nice \\{x\\} {} <pets>',
    );
    assert.equal(filled('[words:1] {}', '#1'), '\\#1 {}');
    assert.equal(filled('[words:1] {}', '[V:4]'), '\\[V:4] {}');
    assert.ok(isPlain(filledTemplate(parseTemplate('[words:1] {}').template!, 'x')));
    assert.equal(wordsSlotOf(parseTemplate('[words:7] {}').template!)?.length, 7);
    assert.equal(wordsSlotOf(parseTemplate('a {}').template!), undefined);
  });

  it('phrases are made of the published templates’ parts, each once, the shortest first', () => {
    const before = publishedPhrases('before');
    for (const phrase of [
      'a',
      'the',
      'a photo of a',
      'itap of the',
      'a blurry sketch of the small',
      'an art of a',
    ])
      assert.equal(before.includes(phrase), phrase !== 'an art of a', phrase);
    assert.equal(new Set(before).size, before.length);
    const lengths = before.map(phrase => phrase.split(' ').length);
    assert.deepEqual(
      lengths,
      [...lengths].sort((a, b) => a - b),
    );
    const after = publishedPhrases('after');
    assert.deepEqual([...after].sort(), [
      'a type of aircraft',
      'a type of flower',
      'a type of food',
      'a type of pet',
      'in a video game',
      'texture',
    ]);
    for (const phrase of [...before, ...after])
      assert.equal(parseTemplate(`${phrase} {}`).template?.line, `${phrase} {}`);
  });
});
