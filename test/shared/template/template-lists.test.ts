import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findTemplateLists, listLanguages } from '../../../src/shared/template/template-lists';

const lines = (source: string, language = 'python') =>
  findTemplateLists(source, language).map(({ templates }) => templates.map(({ line }) => line));

describe('template lists in source code', () => {
  it('reads the list of CLIP’s notebook', () => {
    const source =
      "imagenet_templates = [\n    'a bad photo of a {}.',\n    'a photo of many {}.',\n]\nprint(1)";
    const [list] = findTemplateLists(source, 'python');
    assert.equal(list!.name, 'imagenet_templates');
    assert.equal(source[list!.head - 1], '[');
    assert.deepEqual(
      list!.templates.map(({ line, span }) => [line, source.slice(span.start, span.end)]),
      [
        ['a bad photo of a {}.', "'a bad photo of a {}.'"],
        ['a photo of many {}.', "'a photo of many {}.'"],
      ],
    );
  });

  it('reads open_clip’s tuple of lambdas, and comprehensions', () => {
    const source =
      "OPENAI_IMAGENET_TEMPLATES = (\n    lambda c: f'a bad photo of a {c}.',\n    lambda c: f'itap of a {c}.',\n)\n";
    assert.deepEqual(lines(source), [['a bad photo of a {}.', 'itap of a {}.']]);
    assert.deepEqual(lines("prompts = [f'a photo of a {name}.' for name in names]"), [['a photo of a {}.']]);
    assert.deepEqual(lines("prompts = [f'a photo of a {name.lower()}.' for name in names]"), []);
    assert.deepEqual(lines("templates = [lambda c: 'a %s.' % c, lambda c: 'the {}.'.format(c)]"), [
      ['a {}.', 'the {}.'],
    ]);
  });

  it('reads comments, escapes, nested quotes, prefixes, joined strings and Windows line ends', () => {
    const source = [
      '# my templates',
      'class_templates: list[str] = [  # why',
      `  "a \\"{}\\" sign.", # 'not {} this'`,
      `  'it\\'s a {label}.',`,
      `  r'a back\\slash {c}.',`,
      `  'a photo '`,
      `  'of a {}.',`,
      `  '''a long {}.''',`,
      `  '100 %% %s',`,
      `  '{{brace}} {class}',`,
      `  '[V:16] {}',`,
      `  'no slot', 42, other, ('b {}',),`,
      `  u'gr\\u00fcn {}.']`,
    ].join('\r\n');
    assert.deepEqual(lines(source), [
      [
        'a "{}" sign.',
        "it's a {}.",
        'a back\\\\slash {}.',
        'a photo of a {}.',
        'a long {}.',
        '100 % {}',
        '\\{brace\\} {}',
        '\\[V:16] {}',
        'grün {}.',
      ],
    ]);
  });

  it('takes names with “template” or “prompt”, and marked lists, alone', () => {
    assert.deepEqual(lines("names = ['a {}']\ntexts = ['b {}']"), []);
    assert.deepEqual(lines("# coop\ntexts = ['b {}']\nothers = ['c {}']"), [['b {}']]);
    assert.deepEqual(lines("texts = [  # coop\n 'b {}']"), [['b {}']]);
    assert.deepEqual(lines("cfg.prompts = np.array(['a {}'])\ncfg['templates'] += ['b {}']"), [
      ['a {}'],
      ['b {}'],
    ]);
    assert.deepEqual(lines("def f(x, templates=('a {}', 'b {}')): pass"), [['a {}', 'b {}']]);
    assert.deepEqual(lines("prompt = ('a {}')\nprompts['a {}']\nprompt(['a {}'])"), []);
    assert.deepEqual(lines('// coop\nconst texts = ["a {}"];', 'javascript'), [['a {}']]);
  });

  it('reads TypeScript arrays, typed, of strings and of functions', () => {
    const source = [
      'const x = /[\'"`]/.test(y);',
      'export const templates: readonly string[] = ["a {}.", \'the {c}.\'] as const;',
      `const promptMakers = Object.freeze([c => \`a photo of a \${c}.\`, (name: string) => \`the \${name}.\`, n => \`\${n()}\`]);`,
      'const o = { templates: [`itap of a {}.`] };',
    ].join('\n');
    assert.deepEqual(lines(source, 'typescript'), [
      ['a {}.', 'the {}.'],
      ['a photo of a {}.', 'the {}.'],
      ['itap of a {}.'],
    ]);
  });

  it('reads JSON and YAML', () => {
    assert.deepEqual(lines('{"a": ["x {}"], "prompt_templates": ["a {}.", "the \\"{}\\"."]}', 'json'), [
      ['a {}.', 'the "{}".'],
    ]);
    const yaml = [
      'data:',
      '  names:',
      '    - x {}',
      '  templates: # ours',
      '    - a photo of a {}.  # plain',
      "    - 'it''s a {}.'",
      '    - "a \\"{}\\"."',
      '',
      '    - {}',
      'prompts: [ "b {}", \'c {}\' ]',
      'other: 1',
      '# coop',
      'lines:',
      '- d {}',
    ].join('\r\n');
    const found = findTemplateLists(yaml, 'yaml');
    assert.deepEqual(
      found.map(({ templates }) => templates.map(({ line }) => line)),
      [['a photo of a {}.', "it's a {}.", 'a "{}".'], ['b {}', 'c {}'], ['d {}']],
    );
    const spans = found.flatMap(({ templates }) =>
      templates.map(({ span }) => yaml.slice(span.start, span.end)),
    );
    assert.deepEqual(spans, [
      'a photo of a {}.',
      "'it''s a {}.'",
      '"a \\"{}\\"."',
      '"b {}"',
      "'c {}'",
      'd {}',
    ]);
  });

  it('never throws, and a typed file of 200 templates takes milliseconds', () => {
    const piece = fc.constantFrom(
      'templates = ',
      '[',
      ']',
      '(',
      ')',
      "'",
      '"',
      '`',
      'a {}',
      ',',
      '\\',
      '\n',
      '#',
      '/',
      '${',
      'lambda c:',
      'f',
      '- ',
      ':',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.constantFrom(...listLanguages),
        (parts, language) => {
          const source = parts.join('');
          for (const { templates } of findTemplateLists(source, language))
            for (const { span } of templates) assert.ok(span.start < span.end && span.end <= source.length);
        },
      ),
    );
    const large = `templates = [\n${"  'a bad photo of a {}.',\n".repeat(20_000)}]`;
    assert.equal(findTemplateLists(large, 'python')[0]!.templates.length, 20_000);
  });
});
