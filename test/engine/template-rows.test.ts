import assert from 'node:assert/strict';
import path from 'node:path';
import { loadTokenizer } from '../../src/engine/clip/tokenizer/load-tokenizer';
import type { PromptRows } from '../../src/engine/prompt/prompt-rows';
import { templateRows } from '../../src/engine/prompt/template-rows';
import { parseTemplate } from '../../src/shared/template/parse-template';
import { type CoopCase, coopGolden, lineOf } from './support/coop-golden';

const models = path.join(__dirname, '../fixtures/golden/models/hf-vit-quickgelu');
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
});
