import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadTokenizer } from '../../src/engine/clip/tokenizer/load-tokenizer';

const golden = path.join(__dirname, '../fixtures/golden/tokenizer');

interface Row {
  readonly text: string;
  readonly ids: readonly number[];
  readonly hf?: readonly number[];
  readonly ftfy_steps?: readonly string[];
}
const rowsOf = (name: string): readonly Row[] =>
  (JSON.parse(readFileSync(path.join(golden, `${name}.json`), 'utf8')) as { rows: readonly Row[] }).rows;

/** Mojibake is not repaired (docs/ARCHITECTURE.md): ftfy guesses an encoding that no prompt was ever typed in. */
const isMojibake = ({ ftfy_steps: steps = [] }: Row) =>
  steps.some(step => step === 'decode:utf-8' || step === 'decode_inconsistent_utf8');

describe('tokenizer', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-tokenizer-'));
    copyFileSync(
      path.join(golden, 'bpe_simple_vocab_16e6.txt.gz'),
      path.join(folder, 'bpe_simple_vocab_16e6.txt.gz'),
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const name of ['clip', 'small', 'tiny']) {
    const load = (rule: 'openai' | 'hf') =>
      loadTokenizer(name === 'clip' ? folder : path.join(golden, name), { rule });

    it(`${name}: every reference string has OpenAI's ids`, async () => {
      const tokenizer = await load('openai');
      const rows = rowsOf(name);
      assert.equal(rows.filter(isMojibake).length, 3);
      for (const row of rows) {
        if (!isMojibake(row)) assert.deepEqual(tokenizer.encode(row.text), row.ids, JSON.stringify(row.text));
      }
    });

    it(`${name}: and Hugging Face's by its rule`, async () => {
      const tokenizer = await load('hf');
      for (const row of rowsOf(name)) {
        assert.deepEqual(tokenizer.encode(row.text), row.hf ?? row.ids, JSON.stringify(row.text));
      }
    });
  }

  it('decodes entries and marks word ends', async () => {
    const tokenizer = await loadTokenizer(folder);
    const [photo, dot] = [1125, 269];
    assert.deepEqual([tokenizer.decode(photo), tokenizer.endsWord(photo)], ['photo', true]);
    assert.equal(tokenizer.decode(dot), '.');
    assert.deepEqual([tokenizer.sot, tokenizer.eot, tokenizer.vocabularySize], [49406, 49407, 49408]);
  });

  it('names what is missing or damaged', async () => {
    const empty = mkdtempSync(path.join(os.tmpdir(), 'coop-tokenizer-'));
    await assert.rejects(loadTokenizer(empty), { code: 'tokenizer.missing', subject: empty });
    for (const text of [
      '{',
      '[]',
      '{"model":{}}',
      '{"model":{"vocab":{"a":-1},"merges":[]}}',
      '{"model":{"vocab":{},"merges":["a"]}}',
    ]) {
      writeFileSync(path.join(empty, 'tokenizer.json'), text);
      await assert.rejects(loadTokenizer(empty), { code: 'tokenizer.invalid' }, text);
    }
    rmSync(empty, { recursive: true });
  });
});
