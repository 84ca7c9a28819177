import assert from 'node:assert/strict';
import path from 'node:path';
import { loadTokenizer } from '../../../src/engine/models/tokenizer/load-tokenizer';
import { type PromptRows, rowKeyText } from '../../../src/engine/prompt/prompt-rows';
import { templateRows } from '../../../src/engine/prompt/template-rows';
import { parseTemplate } from '../../../src/shared/template/parse-template';
import { root } from '../../support/root';
import { type CoopCase, coopGolden, lineOf } from '../support/coop-golden';

const models = path.join(root, 'test/fixtures/golden/models/hf-vit-quickgelu');
const classes = (names: readonly string[]) => ({
  names: names.map(name => name.replaceAll('_', ' ')),
  columns: new Map<string, readonly string[]>(),
});

/** A prompt as the references write it: token ids, −k for the k-th learned vector. */
function written(rows: PromptRows): number[] {
  let vector = 0;
  return rows.map(key => (key.kind === 'token' ? key.id : -++vector));
}

describe('template rows', () => {
  for (const golden of coopGolden.cases as readonly CoopCase[]) {
    it(`${golden.case}: the layout of every class is CoOp's`, async () => {
      const tokenizer = await loadTokenizer(models);
      const { rows } = templateRows(
        parseTemplate(lineOf(golden)).template!,
        classes(coopGolden.classnames),
        tokenizer,
        { contextLength: 77, referenceInit: golden.case === 'end-words-multipiece' },
      );
      assert.deepEqual(rows.map(written), golden.layout);
      const perClass = rows.flat().filter(key => key.kind === 'vector' && key.classIndex !== null).length;
      assert.equal(perClass > 0, golden.csc);
    });
  }

  it('counts tokens, not words, where words are initial vectors', async () => {
    const tokenizer = await loadTokenizer(models);
    const { template } = parseTemplate('[V = "a snapshot of the"] {}.');
    const { slots } = templateRows(template!, classes(['dog']), tokenizer, { contextLength: 77 });
    assert.equal(slots[0]!.length, tokenizer.encode('a snapshot of the').length);
    assert.ok(slots[0]!.length > 4);
  });

  it('names class, count and limit of a prompt that is too long', async () => {
    const tokenizer = await loadTokenizer(models);
    const { template } = parseTemplate('[V:70] {}.');
    assert.throws(
      () =>
        templateRows(template!, classes(['dog', 'red dog kite photo dog']), tokenizer, { contextLength: 77 }),
      { code: 'template.tooLong', message: /81 tokens .*“red dog kite photo dog”.*77/ },
    );
  });

  it('numbers slots in the order they stand, learnable and learned alike', async () => {
    const tokenizer = await loadTokenizer(models);
    const { template } = parseTemplate('[V:2] a <pets.2> {} [V:1 per-class] [words:1].');
    const asked: [string, number][] = [];
    const { rows, slots } = templateRows(template!, classes(['dog', 'red']), tokenizer, {
      contextLength: 77,
      learned: (name, slot) => {
        asked.push([name, slot]);
        return { length: 2, perClass: true };
      },
    });
    assert.deepEqual(asked, [['pets', 2]]);
    assert.deepEqual(
      slots.map(({ kind, length, perClass, context }) => [kind, length, perClass, context]),
      [
        ['learnable', 2, false, null],
        ['learned', 2, true, { name: 'pets', slot: 2 }],
        ['learnable', 1, true, null],
        ['words', 1, false, null],
      ],
    );
    const [a, dog, red, dot] = ['a', 'dog', 'red', '.'].map(text => tokenizer.encode(text));
    for (const [label, name] of [dog!, red!].entries()) {
      const token = (id: number) => `t${id}`;
      assert.deepEqual(rows[label]!.map(rowKeyText), [
        token(tokenizer.sot!),
        ...['v0.0', 'v0.1'],
        ...a!.map(token),
        ...[`v1.0.${label}`, `v1.1.${label}`],
        ...name.map(token),
        `v2.0.${label}`,
        'v3.0',
        ...dot!.map(token),
        token(tokenizer.eot),
      ]);
    }
  });

  it('fills in columns and names the class whose cell is empty', async () => {
    const tokenizer = await loadTokenizer(models);
    const { template } = parseTemplate('a {}, a type of {group}.');
    const list = { names: ['dog', 'red'], columns: new Map([['group', ['animal', ' ']]]) };
    const options = { contextLength: 77 };
    assert.throws(() => templateRows(template!, list, tokenizer, options), {
      code: 'template.column',
      subject: 'group',
      message: /red/,
    });
    const { rows } = templateRows(
      template!,
      { ...list, columns: new Map([['group', ['animal', 'colour']]]) },
      tokenizer,
      options,
    );
    assert.deepEqual(rows.map(written), [
      [tokenizer.sot, ...tokenizer.encode('a dog, a type of animal.'), tokenizer.eot],
      [tokenizer.sot, ...tokenizer.encode('a red, a type of colour.'), tokenizer.eot],
    ]);
  });

  it('ends a prompt at the first end token, as CLIP pools there', async () => {
    const tokenizer = await loadTokenizer(models);
    const { template } = parseTemplate('[V:2] a {} dog.');
    const { rows } = templateRows(template!, classes(['red<|endoftext|>kite']), tokenizer, {
      contextLength: 77,
    });
    assert.deepEqual(written(rows[0]!), [tokenizer.sot, -1, -2, ...tokenizer.encode('a red'), tokenizer.eot]);
  });

  it('accepts a prompt of exactly the context length', async () => {
    const tokenizer = await loadTokenizer(models);
    const room = 77 - 2 - tokenizer.encode('dog.').length;
    const lengthOf = (vectors: number) =>
      templateRows(parseTemplate(`[V:${vectors}] {}.`).template!, classes(['dog']), tokenizer, {
        contextLength: 77,
      }).rows[0]!.length;
    assert.equal(lengthOf(room), 77);
    assert.throws(() => lengthOf(room + 1), { code: 'template.tooLong' });
  });
});
