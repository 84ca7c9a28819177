import assert from 'node:assert/strict';
import { parsePrompts } from '../../../src/shared/template/parse-prompts';

const read = (text: string) => {
  const { expectations, problems } = parsePrompts(text);
  return {
    expected: expectations.map(({ line, operator, accuracy }) => [line, operator, accuracy]),
    problems: problems.map(({ message }) => message),
  };
};

describe('expectations', () => {
  it('belong to the next template, ensemble or published set', () => {
    const text = [
      '@images ./images',
      '# expect: acc >= 0.60',
      '# the one to beat',
      '',
      '@baseline',
      'a photo of a {}.',
      '#expect: ACC > 72.5 %',
      '@ensemble mine (',
      '  a drawing of a {}.',
      ')',
      'a {}.',
    ].join('\n');
    assert.deepEqual(read(text), {
      expected: [
        ['a photo of a {}.', '>=', 0.6],
        ['@ensemble mine', '>', 0.725],
      ],
      problems: [],
    });
    assert.deepEqual(read('# expect: acc >= .5\n@use imagenet80').expected, [['@use imagenet80', '>=', 0.5]]);
  });

  it('are told when they cannot be read or stand above nothing', () => {
    assert.deepEqual(read('# expect: acc 0.6\na {}.').problems, ['This expectation cannot be read.']);
    assert.deepEqual(read('# expect: acc >= 60\na {}.').problems, ['An accuracy of 60 is more than 1.']);
    const homeless = ['This expectation has no line of its own.'];
    assert.deepEqual(read('a {}.\n# expect: acc >= 0.6').problems, homeless);
    assert.deepEqual(read('@ensemble mine (\n# expect: acc >= 0.6\na {}.\n)').problems, homeless);
    assert.deepEqual(read('# expect: acc >= 0.6\n# expect: acc >= 0.7\na {}.').problems, homeless);
  });

  it('leave other comments alone', () => {
    assert.deepEqual(read('# we expect: acc >= 0.6\n# expected\na {}.'), { expected: [], problems: [] });
  });
});
