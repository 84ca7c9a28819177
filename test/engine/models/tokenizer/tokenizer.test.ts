import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadTokenizer } from '../../../../src/engine/models/tokenizer/load-tokenizer';
import { root } from '../../../support/root';

const golden = path.join(root, 'test/fixtures/golden/tokenizer');

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

/** Ids of CLIP's vocabulary, computed with ftfy 6.3.1, Python 3.11's html and regex 2026.11.19. */
const CLEANED: readonly (readonly [string, readonly number[]])[] = [
  ['&GTDOT;', [285, 7004, 282]],
  ['&LTCIR; b', [283, 41135, 282, 321]],
  ['&COPYSR;', [5811, 5428, 282]],
  ['&EACUTE;', [4166]],
  ['a\u0345b', [320, 321]],
  ['&amp;amp;AMP;#38;#x26;lt;', [283]],
  ['a<b &eacute;\n&eacute;', [320, 283, 321, 4166, 4166]],
  ['&#0;&#x80;&#129;&#xFDD0;x', [47356, 34919, 126, 479, 343]],
  ['\u001b[36;44mred\u001b[0m', [736]],
  ['\uff8a\uff9f \uff83\uff9e', [2429, 495, 2429, 485]],
  ['\u0149 \u01c5', [262, 333, 67, 129, 378]],
  ['\u1e9e \u017ft', [127, 509, 129, 123, 339]],
  ['a\u001cb', [3937]],
  ['e\u0301\u0302', [4166, 136, 480]],
];

describe('tokenizer', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-tokenizer-'));
    copyFileSync(
      path.join(root, 'media/vocabulary/bpe_simple_vocab_16e6.txt.gz'),
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

  it('cleans rare text as ftfy 6.3.1, html.unescape and the regex package do', async () => {
    const tokenizer = await loadTokenizer(folder);
    for (const [text, ids] of CLEANED) assert.deepEqual(tokenizer.encode(text), ids, JSON.stringify(text));
  });

  it('takes a text of ampersands escaped ten thousand times over', async () => {
    const tokenizer = await loadTokenizer(folder);
    assert.deepEqual(tokenizer.encode(`&${'amp;'.repeat(10_000)}lt;`), tokenizer.encode('<'));
  });

  it('reads vocab.json with merges.txt, and merges written as strings, to the same ids', async () => {
    const { model, ...rest } = JSON.parse(
      readFileSync(path.join(golden, 'small/tokenizer.json'), 'utf8'),
    ) as {
      model: { vocab: Record<string, number>; merges: [string, string][] };
    };
    const lines = model.merges.map(pair => pair.join(' '));
    const pairs = mkdtempSync(path.join(os.tmpdir(), 'coop-tokenizer-'));
    writeFileSync(path.join(pairs, 'vocab.json'), JSON.stringify(model.vocab));
    writeFileSync(path.join(pairs, 'merges.txt'), ['#version: 0.2', ...lines, ''].join('\r\n'));
    const strings = mkdtempSync(path.join(os.tmpdir(), 'coop-tokenizer-'));
    const json = { ...rest, model: { ...model, merges: lines } };
    writeFileSync(path.join(strings, 'tokenizer.json'), JSON.stringify(json));
    for (const place of [pairs, strings]) {
      const tokenizer = await loadTokenizer(place);
      for (const row of rowsOf('small').filter(row => !isMojibake(row)))
        assert.deepEqual(tokenizer.encode(row.text), row.ids, JSON.stringify(row.text));
      rmSync(place, { recursive: true });
    }
  });

  for (const form of ['tokenizer.json', 'added_tokens_decoder', 'added_tokens.json'] as const) {
    it(`added tokens are one id each, as transformers reads them from ${form}`, async () => {
      const {
        added_tokens: added,
        texts,
        ...ids
      } = JSON.parse(readFileSync(path.join(golden, 'added.json'), 'utf8')) as {
        readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
        readonly texts: readonly string[];
      } & Readonly<Record<typeof form, readonly (readonly number[])[]>>;
      const { model, ...rest } = JSON.parse(
        readFileSync(path.join(golden, 'tiny/tokenizer.json'), 'utf8'),
      ) as {
        model: { vocab: Record<string, number>; merges: [string, string][] };
        added_tokens: object[];
      };
      const place = mkdtempSync(path.join(os.tmpdir(), 'coop-tokenizer-'));
      const write = (name: string, json: unknown) =>
        writeFileSync(path.join(place, name), typeof json === 'string' ? json : JSON.stringify(json));
      if (form === 'tokenizer.json')
        write(form, { ...rest, model, added_tokens: [...rest.added_tokens, ...added] });
      else {
        write('vocab.json', model.vocab);
        write('merges.txt', `#version: 0.2\n${model.merges.map(pair => pair.join(' ')).join('\n')}\n`);
        if (form === 'added_tokens.json')
          write(form, Object.fromEntries(added.map(({ content, id }) => [content, id])));
        else
          write('tokenizer_config.json', {
            [form]: Object.fromEntries(added.map(({ id, ...token }) => [id, token])),
          });
      }
      for (const rule of ['openai', 'hf'] as const) {
        const tokenizer = await loadTokenizer(place, { rule });
        for (const [at, text] of texts.entries())
          assert.deepEqual(tokenizer.encode(text), ids[form][at], JSON.stringify(text));
        const { id, content } = added.find(token => token.content === 'Tabby Cat')!;
        assert.equal(tokenizer.decode(id), content);
        assert.equal(tokenizer.vocabularySize, 1314 + added.length);
      }
      rmSync(place, { recursive: true });
    });
  }

  it('decodes entries', async () => {
    const tokenizer = await loadTokenizer(folder);
    const [photo, dot] = [1125, 269];
    assert.equal(tokenizer.decode(photo), 'photo');
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
