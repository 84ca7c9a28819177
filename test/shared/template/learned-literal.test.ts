import assert from 'node:assert/strict';
import { withTemplate } from '../../../src/shared/template/learned-literal';

describe('a literal with another template', () => {
  for (const [source, expected] of [
    ["'a photo of a {}.'", "'<pets> {}.'"],
    ['"a photo of a %s."', '"<pets> %s."'],
    ["f'a photo of a {c}.'", "f'<pets> {c}.'"],
    [`\`a photo of a \${name}.\``, `\`<pets> \${name}.\``],
    ['a photo of a {}.', '<pets> {}.'],
  ] as const)
    it(source, () => assert.equal(withTemplate(source, '<pets> {}.'), expected));

  it('escapes what would end the literal, and quotes a scalar that begins as a map', () => {
    assert.equal(withTemplate("'a {}'", "it's {}"), "'it\\'s {}'");
    assert.equal(withTemplate('a {}', '{} of <pets>'), "'{} of <pets>'");
  });

  it('quotes a scalar that YAML would read as a mapping or cut at a comment', () => {
    for (const line of ['photo: a {}', 'a {} - # x', 'a {}:', '- {}', '# {}'])
      assert.equal(withTemplate('a photo of a {}.', line), `'${line}'`);
    assert.equal(withTemplate('a {}', "it's: {}"), "'it''s: {}'");
    assert.equal(withTemplate('a {}', 'a#b:c {}'), 'a#b:c {}');
  });
});
