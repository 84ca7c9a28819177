import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatPrompts } from '../../../src/shared/template/format-prompts';
import { formatTemplate } from '../../../src/shared/template/format-template';
import { layoutPieces } from '../../../src/shared/template/layout-pieces';
import { layoutToLearn } from '../../../src/shared/template/learn-layout';
import { linesOf, parsePrompts } from '../../../src/shared/template/parse-prompts';
import { parseTemplate } from '../../../src/shared/template/parse-template';
import { publishedSet, publishedSetNames } from '../../../src/shared/template/published-sets';
import { replaceLearnable } from '../../../src/shared/template/replace-learnable';
import type { Segment, Template } from '../../../src/shared/template/syntax';

const valid = (line: string): Template => {
  const { template, problems } = parseTemplate(line);
  assert.ok(template !== null, JSON.stringify(problems));
  return template;
};
const kinds = (line: string) => valid(line).segments.map(({ kind }) => kind);

type Piece = string;
/** Pieces that are likely to meet every rule: slots, near misses, escapes, brackets, ordinary words. */
const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.constantFrom(
    '{}',
    '{c}',
    '{group}',
    '[V:16]',
    '[V:2 per-class]',
    '[V = "a photo of"]',
    '[words:4]',
    '<pets>',
    '<pets.2>',
  ),
  fc.constantFrom(
    '[',
    ']',
    '<',
    '>',
    '{',
    '}',
    '\\',
    '\\{',
    '[v:16]',
    '{ }',
    '[x]',
    '<|endoftext|>',
    '#',
    '@',
    ')',
    '%s',
  ),
  fc.constantFrom('a photo', ' of ', ' ', '.', 'ünï', '🐕', '\t'),
  fc.string({ maxLength: 4 }),
);
const line = fc.array(piece, { maxLength: 8 }).map(pieces => pieces.join('').replace(/[\r\n]/g, ''));

const withoutSpans = (segments: readonly Segment[]) => segments.map(({ span: _, ...rest }) => rest);

describe('template language', () => {
  it('reads every kind of slot, aliases included', () => {
    assert.deepEqual(kinds('a photo of a {}, a type of {group}.'), [
      'text',
      'class',
      'text',
      'column',
      'text',
    ]);
    for (const alias of ['{c}', '{label}', '{class}'])
      assert.deepEqual(kinds(`the ${alias}`), ['text', 'class']);
    assert.deepEqual(valid('[V:8 per-class] {}').segments[0], {
      kind: 'learnable',
      length: 8,
      perClass: true,
      init: null,
      span: { start: 0, end: 15 },
    });
    assert.deepEqual(kinds('[words:4] {} <pets-16shot.2>'), ['words', 'text', 'class', 'text', 'learned']);
    const words = valid('[V = "a photo of a"] {}.').segments[0]!;
    assert.ok(words.kind === 'learnable' && words.init === 'a photo of a' && words.length === null);
  });

  it('leaves other brackets and hashes alone and resolves escapes', () => {
    assert.deepEqual(kinds('the #1 [x] <> (a) {}'), ['text', 'class']);
    const escaped = valid('\\[V:16] \\{ {}').segments[0]!;
    assert.ok(escaped.kind === 'text' && escaped.text === '[V:16] { ');
  });

  it('names near misses and offers the fix', () => {
    for (const [wrong, right] of [
      ['[v:16] {}', '[V:16]'],
      ['[V16] {}', '[V:16]'],
      ['[V:0] {}', '[V:16]'],
      ['[v = "a photo"] {}', '[V = "a photo"]'],
      ['[words] {}', '[words:4]'],
      ['[words:2 per-class] {}', '[words:2]'],
      ['[Words 3] {}', '[words:3]'],
      ['[words:three] {}', '[words:4]'],
      ['a { }', '{}'],
      ['{} <|endoftext|>', ''],
      ['<pets.0> {}', '<pets>'],
      ['a photo of a %s.', '{}'],
      ['a photo.', ' {}'],
    ] as const) {
      const { template, problems } = parseTemplate(wrong);
      assert.equal(template, null, wrong);
      const fix = problems[0]?.fix;
      assert.equal(fix?.replace, right, wrong);
      const mended = wrong.slice(0, fix!.span.start) + fix!.replace + wrong.slice(fix!.span.end);
      assert.ok(parseTemplate(mended).template !== null, mended);
    }
  });

  it('never throws, keeps spans inside the line, and formats to a fixed point with the same meaning', () => {
    fc.assert(
      fc.property(line, text => {
        const { template, problems } = parseTemplate(text, 7);
        for (const { span } of [...problems, ...(template?.segments ?? [])])
          assert.ok(span.start >= 7 && span.start <= span.end && span.end <= 7 + text.length);
        assert.ok(template !== null || problems.length > 0);
        if (template === null) return;
        const formatted = formatTemplate(template);
        const again = valid(formatted);
        assert.deepEqual(withoutSpans(again.segments), withoutSpans(template.segments));
        assert.equal(formatTemplate(again), formatted);
        assert.doesNotMatch(formatted, /^[#@)]/);
      }),
      { numRuns: 3000 },
    );
  });

  it('takes a slot out with one adjacent blank', () => {
    const pieces = (text: string) => {
      const { text: whole, slots } = layoutPieces(valid(text), 'dog', new Map());
      return [whole, ...slots.map(({ textBefore }) => textBefore)];
    };
    assert.deepEqual(pieces('[V:16] {}.'), ['dog.', '']);
    assert.deepEqual(pieces('[V:8] {} [V:8].'), ['dog.', '', 'dog']);
    assert.deepEqual(pieces('{} [V:16].'), ['dog.', 'dog']);
    assert.deepEqual(pieces('a [V:2] photo of {}'), ['a photo of dog', 'a']);
    assert.deepEqual(pieces('[V:1][V:2] {}'), ['dog', '', '']);
  });

  it('names the column of an empty cell and the columns there are', () => {
    const template = valid('a {} is a {group}');
    const columns = (group: string) => new Map([['group', group]]);
    assert.equal(layoutPieces(template, 'pug', columns('dog')).text, 'a pug is a dog');
    assert.throws(() => layoutPieces(template, 'pug', columns(' ')), {
      code: 'template.column',
      subject: 'group',
      message: /“pug”/,
    });
    assert.throws(() => layoutPieces(template, 'pug', new Map()), { code: 'template.column' });
  });
});

describe('prompts document', () => {
  it('reads how images are split', () => {
    const splitOf = (value: string) => parsePrompts(`@split ${value}\na {}.\n`).directives.split;
    assert.deepEqual(splitOf('coop ./split_zhou_Pets.json'), {
      kind: 'coop',
      file: './split_zhou_Pets.json',
      partial: false,
    });
    assert.deepEqual(splitOf('coop my split.json  partial'), {
      kind: 'coop',
      file: 'my split.json',
      partial: true,
    });
    assert.deepEqual(splitOf('coop partial'), { kind: 'coop', file: 'partial', partial: false });
    assert.deepEqual(splitOf('folders'), { kind: 'folders' });
    assert.deepEqual(splitOf('shots 4'), { kind: 'shots', shots: 4, seed: 1 });
    assert.deepEqual(splitOf('30/10/60 seed 2'), { kind: 'fractions', pool: 30, dev: 10, test: 60, seed: 2 });
    const grouped = parsePrompts('@split coop s.json partial group near-duplicates\na {}.\n');
    assert.deepEqual(grouped.directives.split, { kind: 'coop', file: 's.json', partial: true });
    assert.deepEqual([grouped.directives.nearDuplicates, grouped.problems], ['group', []]);
    const kept = parsePrompts('@split shots 4 keep near-duplicates\na {}.\n').directives;
    assert.deepEqual([kept.split, kept.nearDuplicates], [{ kind: 'shots', shots: 4, seed: 1 }, 'keep']);
    assert.equal(parsePrompts('a {}.\n').directives.nearDuplicates, null);
  });

  const text = [
    '# comment',
    '@images ./images',
    '@model icon-clip',
    '@split 40/20/40 seed 3',
    '',
    'a {}.',
    '@baseline',
    'b {}.',
    '[V:16] {}.',
    '@ensemble mine (',
    '  c {}.',
    ')',
    '@use imagenet80',
  ];

  it('reads directives, templates, ensembles and the baseline, with any line ends', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const document = parsePrompts(`\ufeff${text.join(end)}${end}`);
      assert.deepEqual(document.problems, []);
      assert.deepEqual(
        document.templates.map(t => t.line),
        ['a {}.', 'b {}.', '[V:16] {}.'],
      );
      assert.equal(document.baseline?.line, 'b {}.');
      assert.deepEqual(
        document.ensembles[0]?.templates.map(t => t.line),
        ['c {}.'],
      );
      assert.deepEqual(document.directives.split, {
        kind: 'fractions',
        pool: 40,
        dev: 20,
        test: 40,
        seed: 3,
      });
      assert.deepEqual(
        document.directives.uses.map(({ set }) => set),
        ['imagenet80'],
      );
    }
  });

  it('keeps every right line beside wrong ones and names each wrong one', () => {
    const document = parsePrompts(
      '@imgaes x\n@split 1/2\na {}.\n@model late\nno slot\n@ensemble x (\n[V:1] {}\n',
    );
    assert.deepEqual(
      document.templates.map(t => t.line),
      ['a {}.'],
    );
    assert.equal(document.problems.length, 6);
    assert.equal(document.problems[0]?.fix?.replace, '@images');
  });

  it('never throws, and every line with content is in the document or in a problem', () => {
    const documents = fc.array(fc.oneof(line, fc.constantFrom(...text, ')', '@baseline', '@split x')), {
      maxLength: 14,
    });
    fc.assert(
      fc.property(documents, lines => {
        const source = lines.join('\n');
        const document = parsePrompts(source);
        for (const { span } of document.problems) assert.ok(span.start >= 0 && span.end <= source.length);
        const spans = [
          ...document.templates.map(t => t.span),
          ...document.ensembles.flatMap(e => [e.span, ...e.templates.map(t => t.span)]),
          ...document.problems.map(p => p.span),
          ...Object.values(document.directives.spans),
          ...document.directives.uses.map(u => u.span),
        ];
        for (const { line: one, start } of linesOf(source)) {
          const body = one.trim();
          if (body === '' || body.startsWith('#') || /^@(baseline|ensemble)\b/.test(body)) continue;
          const end = start + one.length;
          assert.ok(
            spans.some(span => span.start <= end && span.end >= start),
            `lost: ${JSON.stringify(one)}`,
          );
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('learns the paper’s layout in place of a plain line, and a line with slots against the baseline', () => {
    const document = parsePrompts(text.join('\n'));
    const plain = layoutToLearn(document, document.templates[0]!);
    assert.deepEqual(
      [plain.layout.line, plain.baseline.line, plain.replaces],
      ['[V:16] {}.', 'a {}.', 'a {}.'],
    );
    const slots = layoutToLearn(document, document.templates[2]!);
    assert.deepEqual(
      [slots.layout.line, slots.baseline.line, slots.replaces],
      ['[V:16] {}.', 'b {}.', '[V:16] {}.'],
    );
    assert.equal(replaceLearnable(slots.layout, 'pets-16shot'), '<pets-16shot> {}.');
    assert.equal(replaceLearnable(valid('[V:8] {} [V:8].'), 'p'), '<p.1> {} <p.2>.');
    assert.throws(() => layoutToLearn(parsePrompts('[V:4] {}'), valid('[V:4] {}')), {
      code: 'template.syntax',
    });
  });

  it('formats a document to a fixed point that says the same', () => {
    const apply = (text: string) =>
      formatPrompts(text).reduceRight(
        (done, { span, replace }) => done.slice(0, span.start) + replace + done.slice(span.end),
        text,
      );
    assert.equal(
      apply('@classes   auto\r\n  a {c}. \r\n@ensemble x (\r\n b {}.\r\n  )\r\n'),
      '@classes auto\r\na {}.\r\n@ensemble x (\r\n  b {}.\r\n)\r\n',
    );
    const lines = fc.array(fc.oneof(line, fc.constantFrom('@ensemble x (', ')', '@use photo', ' # c ')));
    fc.assert(
      fc.property(lines, parts => {
        const text = parts.join('\n');
        const once = apply(text);
        assert.equal(apply(once), once);
        const said = (source: string) => {
          const { templates, ensembles, directives } = parsePrompts(source);
          const of = (list: readonly Template[]) => list.map(({ segments }) => withoutSpans(segments));
          return [
            of(templates),
            ensembles.map(({ templates: members }) => of(members)),
            directives.uses.length,
          ];
        };
        assert.deepEqual(said(once), said(text));
      }),
    );
  });

  it('reads lines with Unicode’s own line separators, which end no line here', () => {
    for (const separator of ['\u2028', '\u2029', '\u0085']) {
      const { problems, directives } = parsePrompts(
        `@model a${separator}b\n@${separator}x y\n{}${separator}\n`,
      );
      assert.equal(directives.model, `a${separator}b`);
      assert.ok(problems.length > 0);
      assert.ok(parseTemplate(`[v: ${separator}] {}`).problems.length > 0);
    }
  });

  it('has the published sets', () => {
    assert.equal(new Set(publishedSet('imagenet80')).size, 80);
    assert.equal(publishedSet('imagenet7')?.length, 7);
    for (const known of [
      'a photo of the hard to see {}.',
      'a plastic {}.',
      'itap of my {}.',
      'a jpeg corrupted photo of the {}.',
    ])
      assert.ok(publishedSet('imagenet80')?.includes(known));
    for (const name of publishedSetNames)
      for (const template of publishedSet(name)!) assert.ok(parseTemplate(template).template !== null);
  });
});
