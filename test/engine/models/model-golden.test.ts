import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { unitRows } from '../../../src/engine/measure/unit-features';
import { createImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import type { PromptRows } from '../../../src/engine/prompt/prompt-rows';
import { promptTokens } from '../../../src/engine/prompt/tokenizer';
import { readSafetensorsHeader, readTensor } from '../../../src/files/tensors/safetensors';
import { root } from '../../support/root';

const models = path.join(root, 'test/fixtures/golden/models');

/** Tolerances of the reference's own README: about ten times its float32-versus-float64 distance. */
const TOLERANCES = {
  'hf-vit-quickgelu': { raw: 1e-4, logits: 1e-3 },
  'hf-vit-gelu': { raw: 1e-4, logits: 1e-3 },
  'openclip-vit': { raw: 1e-4, logits: 1e-3 },
  'openclip-rn': { raw: 5e-4, logits: 2e-3 },
} as const;
const UNIT = 1e-5;

async function tensors(file: string): Promise<Map<string, Float32Array>> {
  const { tensors: infos } = await readSafetensorsHeader(file);
  return new Map(
    await Promise.all(
      [...infos].map(
        async ([name, info]): Promise<[string, Float32Array]> => [name, await readTensor(file, info)],
      ),
    ),
  );
}

function worst(actual: Float32Array, expected: Float32Array): number {
  assert.equal(actual.length, expected.length);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}

const promptsOf = (ids: Float32Array, ends: Float32Array): PromptRows[] =>
  [...ends].map((end, at) =>
    [...ids.subarray(at * 77, at * 77 + end + 1)].map(id => ({ kind: 'token' as const, id })),
  );

describe('golden models', () => {
  for (const [name, tolerance] of Object.entries(TOLERANCES)) {
    it(`${name}: text, image and logits are the reference's`, async () => {
      const expected = await tensors(path.join(models, name, 'expected.safetensors'));
      const model = await openModel(path.join(models, name));
      const prompts = promptsOf(expected.get('input_ids')!, expected.get('eot_index')!);
      const [textEncoder, imageEncoder] = await Promise.all([
        createTextEncoder(model),
        createImageEncoder(model),
      ]);
      const text = await textEncoder.encode(prompts);
      const pixels = Uint8Array.from(expected.get('pixels_u8')!);
      const image = await imageEncoder.encode(pixels, 8);
      await Promise.all([textEncoder.release(), imageEncoder.release()]);
      assert.ok(worst(text, expected.get('text_embeds_raw')!) < tolerance.raw);
      assert.ok(worst(image, expected.get('image_embeds_raw')!) < tolerance.raw);
      const { embedWidth: width, similarity } = model;
      const [unitText, unitImage] = [unitRows(text, width), unitRows(image, width)];
      assert.ok(worst(unitText, expected.get('text_embeds')!) < UNIT);
      assert.ok(worst(unitImage, expected.get('image_embeds')!) < UNIT);
      const logits = Float32Array.from(similarity.logits(image, unitText));
      const reference = expected.get('logits_per_image')!;
      assert.ok(worst(logits, reference) < tolerance.logits);
      const argmax = (values: Float32Array, row: number) => {
        const part = [...values.subarray(row * prompts.length, (row + 1) * prompts.length)];
        return part.indexOf(Math.max(...part));
      };
      for (let i = 0; i < 8; i++) assert.equal(argmax(logits, i), argmax(reference, i));
    });

    it(`${name}: its own tokenizer gives the reference's ids`, async () => {
      const { texts, input_ids: ids } = readTexts(name);
      const tokenizer = await (await openModel(path.join(models, name))).tokenizer();
      const limit = 77;
      for (const [at, text] of texts.entries()) {
        const all = promptTokens(tokenizer, tokenizer.encode(text));
        const kept = all.length <= limit ? all : [...all.slice(0, limit - 1), tokenizer.eot];
        assert.deepEqual(kept, ids[at], text);
      }
    });
  }

  it('shards give the same embeddings as one file', async () => {
    const expected = await tensors(path.join(models, 'hf-vit-quickgelu', 'expected.safetensors'));
    const model = await openModel(path.join(models, 'hf-sharded'));
    const encoder = await createTextEncoder(model);
    const text = await encoder.encode(promptsOf(expected.get('input_ids')!, expected.get('eot_index')!));
    await encoder.release();
    assert.ok(worst(text, expected.get('text_embeds_raw')!) < 1e-4);
  });

  it('opens a folder of symbolic links, as the Hugging Face cache is', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-links-'));
    const source = path.join(models, 'openclip-vit');
    for (const file of ['open_clip_config.json', 'open_clip_model.safetensors', 'tokenizer.json'])
      symlinkSync(path.join(source, file), path.join(folder, file));
    const model = await openModel(folder);
    const encoder = await createTextEncoder(model);
    const tokenizer = await model.tokenizer();
    const features = await encoder.encode([
      promptTokens(tokenizer, [320]).map(id => ({ kind: 'token' as const, id })),
    ]);
    await encoder.release();
    assert.ok(features.every(Number.isFinite) && features.some(value => value !== 0));
    assert.equal(await model.hash(), await (await openModel(source)).hash());
    rmSync(folder, { recursive: true });
  });

  it('names what a folder lacks or contradicts', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-model-'));
    await assert.rejects(openModel(folder), { code: 'model.missing', subject: folder });
    const config = JSON.parse(
      readFileSync(path.join(models, 'openclip-vit/open_clip_config.json'), 'utf8'),
    ) as {
      model_cfg: { text_cfg: { width: number; layers: number; no_causal_mask?: boolean } };
    };
    const write = () => writeFileSync(path.join(folder, 'open_clip_config.json'), JSON.stringify(config));
    write();
    const weights = path.join(folder, 'open_clip_model.safetensors');
    await assert.rejects(openModel(folder), { code: 'model.missing', subject: weights });
    symlinkSync(path.join(models, 'openclip-vit/open_clip_model.safetensors'), weights);
    config.model_cfg.text_cfg.layers = 4;
    write();
    await assert.rejects(openModel(folder), {
      code: 'model.invalid',
      message: /resblocks\.3\..* is missing/,
    });
    config.model_cfg.text_cfg.layers = 2;
    write();
    await assert.rejects(openModel(folder), { code: 'model.unsupported', message: /resblocks\.2\./ });
    config.model_cfg.text_cfg.no_causal_mask = true;
    write();
    await assert.rejects(openModel(folder), { code: 'model.unsupported', message: /causal/ });
    rmSync(folder, { recursive: true });
    assert.ok(!existsSync(folder));
  });
});

function readTexts(name: string) {
  const json = JSON.parse(readFileSync(path.join(models, name, 'expected.json'), 'utf8')) as {
    readonly texts: readonly string[];
    readonly ids_unpadded: readonly (readonly number[])[];
  };
  return { texts: json.texts, input_ids: json.ids_unpadded };
}
