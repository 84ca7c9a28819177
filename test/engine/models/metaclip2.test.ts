import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { unitRows } from '../../../src/engine/measure/unit-features';
import { createImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { anyTokenizer } from '../../../src/engine/models/tokenizer/any-tokenizer';
import { promptTokens } from '../../../src/engine/prompt/tokenizer';
import { root } from '../../support/root';
import { MODELS } from '../support/model-copy';
import { recorded, worst } from '../support/siglip-golden';

const FOLDER = path.join(MODELS, 'hf-metaclip2');

interface Expected {
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
}
const expectedOf = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Expected;

describe('MetaCLIP 2', () => {
  const { texts, ids } = expectedOf(path.join(FOLDER, 'expected.json'));

  it('its own tokenizer gives transformers’ ids', async () => {
    const tokenizer = await (await openModel(FOLDER)).tokenizer();
    for (const [at, text] of texts.entries())
      assert.deepEqual(promptTokens(tokenizer, tokenizer.encode(text)), ids[at], text);
  });

  it('features and logits are transformers’', async () => {
    const model = await openModel(FOLDER);
    const reference = await recorded(path.join(FOLDER, 'expected.safetensors'));
    const [text, image] = await Promise.all([createTextEncoder(model), createImageEncoder(model)]);
    // The tower is pooled at the first end token, which one text spells out.
    const prompts = ids.map(each =>
      each.slice(0, each.indexOf(2) + 1).map(id => ({ kind: 'token' as const, id })),
    );
    const found = await text.encode(prompts);
    const images = await image.encode(Uint8Array.from(await reference('pixels_u8')), 5);
    await Promise.all([text.release(), image.release()]);
    assert.ok(worst(found, await reference('text_embeds_raw')) < 1e-5);
    assert.ok(worst(images, await reference('image_embeds_raw')) < 1e-5);
    const logits = model.similarity.logits(images, unitRows(found, model.embedWidth));
    assert.ok(worst(logits, await reference('logits_per_image_f64')) < 1e-5);
  });

  it('a normaliser that changes more than blanks is refused, not left out', async () => {
    const json = JSON.parse(readFileSync(path.join(FOLDER, 'tokenizer.json'), 'utf8')) as object;
    const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-tokenizer-'));
    const load = (...normalizers: readonly object[]) => {
      const normalizer = { type: 'Sequence', normalizers };
      writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ ...json, normalizer }));
      return anyTokenizer(folder, 'metaclip_2').load();
    };
    const replace = (pattern: object, content: string) => ({ type: 'Replace', pattern, content });
    for (const [step, type] of [
      [{ type: 'Lowercase' }, 'Lowercase'],
      [replace({ String: 'a' }, 'b'), 'Replace'],
      [replace({ Regex: ' {2,}' }, ''), 'Replace'],
    ] as const)
      await assert.rejects(load(step), {
        code: 'tokenizer.invalid',
        message: new RegExp(`its normalizer "${type}" is not known`),
      });
    const blanks = await load(
      { type: 'Strip', strip_left: false, strip_right: true },
      replace({ Regex: ' {2,}' }, '▁'),
    );
    assert.deepEqual(blanks.encode('a   cat '), blanks.encode('a cat'));
    rmSync(folder, { recursive: true });
  });
});

describe('the tokenizer of a family without code of its own', () => {
  it('is what its tokenizer.json says', async () => {
    const file = path.join(root, 'test/fixtures/golden/tokenizer/any.json');
    const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-tokenizer-'));
    const { tokenizer: json } = JSON.parse(readFileSync(file, 'utf8')) as { readonly tokenizer: unknown };
    writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(json));
    writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify({ pad_token: '[PAD]' }));
    const tokenizer = await anyTokenizer(folder, 'jina_clip').load();
    const { texts, ids } = expectedOf(file);
    for (const [at, text] of texts.entries())
      assert.deepEqual(promptTokens(tokenizer, tokenizer.encode(text)), ids[at], text);
    assert.equal(tokenizer.padding, 0);
    rmSync(folder, { recursive: true });
  });

  it('runs no regular expression but those of published tokenizers', async () => {
    const file = path.join(root, 'test/fixtures/golden/tokenizer/any.json');
    const { tokenizer: json } = JSON.parse(readFileSync(file, 'utf8')) as { readonly tokenizer: object };
    const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-tokenizer-'));
    const load = (change: object) => {
      writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ ...json, ...change }));
      return anyTokenizer(folder, 'jina_clip').load();
    };
    const replace = (pattern: object, content: string) => ({ type: 'Replace', pattern, content });
    const slow = replace({ Regex: String.raw`(\w+\s?)+$\u202e` }, 'x');
    for (const change of [
      { normalizer: slow },
      { normalizer: { type: 'Sequence', normalizers: [{ type: 'Sequence', normalizers: [slow] }] } },
      { pre_tokenizer: { type: 'Split', pattern: slow.pattern, behavior: 'Isolated', invert: false } },
    ])
      await assert.rejects(load(change), {
        code: 'tokenizer.invalid',
        message: /“\(\\w\+\\s\?\)\+\$\\u202e” is of no published tokenizer/,
      });
    for (const Regex of ['(a|a)+', '(?:a+)+', 'a+a+a+b', '[a]*[a]*b', '(a)|b', '[[a]+]+'])
      await assert.rejects(
        load({ normalizer: replace({ Regex }, 'x') }),
        { code: 'tokenizer.invalid' },
        Regex,
      );
    for (const growing of [
      replace({ String: 'a' }, 'aa'),
      replace({ String: '' }, 'a'),
      replace({ Regex: ' ' }, 'aa'),
    ])
      await assert.rejects(load({ normalizer: growing }), {
        code: 'tokenizer.invalid',
        message: /puts “a+” in/,
      });
    const split = (json: string) =>
      (JSON.parse(readFileSync(json, 'utf8')) as { pre_tokenizer: unknown }).pre_tokenizer;
    const clip = split(path.join(MODELS, 'hf-vit-gelu/tokenizer.json'));
    const normalizer = {
      type: 'Sequence',
      normalizers: [
        // As SigLIP's for JavaScript.
        replace({ Regex: '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]\\^_`{|}~]' }, ''),
        ...[' {2,}', String.raw`\s+`, String.raw`\s{2,}|[\n\r\t]`].map(Regex => replace({ Regex }, ' ')),
        replace({ String: '``' }, '"'),
      ],
    };
    assert.ok((await load({ normalizer, pre_tokenizer: clip })).encode('a').length > 0);
    rmSync(folder, { recursive: true });
  });
});
