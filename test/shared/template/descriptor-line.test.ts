import assert from 'node:assert/strict';
import { readDescriptorLine, WAFFLE_TEMPLATE } from '../../../src/shared/template/descriptor-line';
import { parsePrompts } from '../../../src/shared/template/parse-prompts';

describe('@descriptors and @waffle', () => {
  const read = (kind: 'descriptors' | 'waffle', value: string) => {
    const found = readDescriptorLine(kind, value);
    if ('message' in found) return found.message;
    const { file, template, seed } = found.source;
    return [file, template?.line ?? null, seed];
  };

  it('name a file, a template and a seed', () => {
    assert.deepEqual(read('descriptors', 'cupl.json'), ['cupl.json', null, 1]);
    assert.deepEqual(read('descriptors', './my files/cupl 2.json'), ['./my files/cupl 2.json', null, 1]);
    assert.deepEqual(read('descriptors', 'd.json template {}, {descriptor}'), [
      'd.json',
      '{}, {descriptor}',
      1,
    ]);
    assert.deepEqual(read('waffle', 'd.json'), ['d.json', WAFFLE_TEMPLATE, 1]);
    assert.deepEqual(read('waffle', 'd.json seed 3'), ['d.json', WAFFLE_TEMPLATE, 3]);
    assert.deepEqual(read('waffle', 'd.json seed 3 template {}: {which_descriptor}'), [
      'd.json',
      '{}: {which_descriptor}',
      3,
    ]);
    // Only random words have a seed.
    assert.deepEqual(read('descriptors', 'd.json seed 3'), ['d.json seed 3', null, 1]);
  });

  it('say what is wrong with them', () => {
    assert.match(String(read('descriptors', '')), /names no file/);
    assert.match(String(read('descriptors', 'template {}, {descriptor}')), /names no file/);
    assert.match(String(read('descriptors', 'd.json template a {}.')), /no place for a descriptor/);
    assert.match(
      String(read('descriptors', 'd.json template a {descriptor}.')),
      /no place for the class name/,
    );
    assert.match(String(read('waffle', 'd.json template')), /no place for the class name/);
    assert.match(
      String(read('descriptors', 'd.json template [V:4] {}, {descriptor}')),
      /words, the class name/,
    );
    assert.match(
      String(read('descriptors', 'd.json template <x> {}, {descriptor}')),
      /words, the class name/,
    );
  });

  it('stand anywhere among templates, and expectations are of them', () => {
    const { directives, expectations, problems } = parsePrompts(
      [
        '@images x',
        'a {}.',
        '# expect: acc > 0.5',
        '@descriptors  d.json',
        '@waffle d.json',
        '@waffle d.json seed 2',
        '@descriptors d.json',
        '@waffle',
      ].join('\n'),
    );
    assert.deepEqual(
      directives.descriptors.map(({ line }) => line),
      ['@descriptors d.json', '@waffle d.json', '@waffle d.json seed 2'],
    );
    assert.deepEqual(
      expectations.map(({ line }) => line),
      ['@descriptors d.json'],
    );
    assert.deepEqual(
      problems.map(({ message }) => message),
      ['@descriptors d.json stands twice.', '@waffle names no file.'],
    );
  });
});
