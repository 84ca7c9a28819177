import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unitRows } from '../../../src/engine/measure/unit-features';
import { createImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import type { PromptRows } from '../../../src/engine/prompt/prompt-rows';
import { promptTokens } from '../../../src/engine/prompt/tokenizer';
import { root } from '../../support/root';
import { HF, MODELS, ModelCopy } from '../support/model-copy';
import { recorded, SIGLIP, worst } from '../support/siglip-golden';

const ONNX = path.join(root, 'test/fixtures/golden/onnx');
const TEXT = 'onnx/text_model.onnx';
const VISION = 'onnx/vision_model.onnx';

const prompts = (ids: readonly (readonly number[])[]): PromptRows[] =>
  ids.map(each => each.map(id => ({ kind: 'token' as const, id })));

async function featuresOf(place: string, ids: readonly (readonly number[])[], pixels: Float64Array) {
  const model = await openModel(place);
  const [texts, images] = await Promise.all([createTextEncoder(model), createImageEncoder(model)]);
  const text = await texts.encode(prompts(ids));
  const image = await images.encode(
    Uint8Array.from(pixels),
    pixels.length / (3 * model.preprocess.size ** 2),
  );
  await Promise.all([texts.release(), images.release()]);
  return { model, text, image };
}

describe('towers as ONNX files', () => {
  let model: ModelCopy;
  beforeEach(() => {
    model = new ModelCopy();
  });
  afterEach(() => model.remove());

  function clip(suffixes: readonly string[]): readonly (readonly number[])[] {
    mkdirSync(model.path('onnx'));
    copyFileSync(path.join(ONNX, 'clip/config.json'), model.path('config.json'));
    copyFileSync(path.join(MODELS, 'hf-vit-gelu/tokenizer.json'), model.path('tokenizer.json'));
    for (const suffix of suffixes)
      for (const name of ['text_model', 'vision_model'])
        copyFileSync(
          path.join(ONNX, 'clip/onnx', `${name}${suffix}.onnx`),
          model.path('onnx', `${name}${suffix}.onnx`),
        );
    return JSON.parse(readFileSync(path.join(ONNX, 'clip/expected.json'), 'utf8')).ids;
  }

  it('a CLIP in float32 gives PyTorch’s features, and its own tokenizer’s prompts', async () => {
    const ids = clip(['', '_fp16', '_quantized']);
    const reference = await recorded(path.join(ONNX, 'clip/expected.safetensors'));
    const found = await featuresOf(model.folder, ids, await reference('pixels_u8'));
    assert.ok(worst(found.text, await reference('text_embeds_raw')) < 1e-5);
    assert.ok(worst(found.image, await reference('image_embeds_raw')) < 1e-5);
    const { texts } = JSON.parse(readFileSync(path.join(MODELS, 'hf-vit-gelu/expected.json'), 'utf8'));
    const tokenizer = await found.model.tokenizer();
    const own = texts.map((text: string) => promptTokens(tokenizer, tokenizer.encode(text)).slice(0, 77));
    assert.deepEqual(
      own.filter((each: number[]) => each.length < 77),
      ids.filter(each => each.length < 77),
    );
    assert.match(found.model.assumption!, /logit scale/);
  });

  for (const suffix of ['_fp16', '_quantized'])
    it(`a file that is named chooses the precision: ${suffix}`, async () => {
      const ids = clip(['', suffix]);
      const reference = await recorded(path.join(ONNX, 'clip/expected.safetensors'));
      const place = model.path('onnx', `vision_model${suffix}.onnx`);
      const found = await featuresOf(place, ids, await reference('pixels_u8'));
      assert.ok(worst(found.text, await reference(`text_embeds${suffix}`)) < 1e-4);
      assert.ok(worst(found.image, await reference(`image_embeds${suffix}`)) < 1e-4);
      // Not the exact ones by another name.
      assert.ok(worst(found.text, await reference('text_embeds_raw')) > 1e-5);
    });

  it('a SigLIP is filled up to all its positions', async () => {
    mkdirSync(model.path('onnx'));
    for (const name of ['config.json', 'preprocessor_config.json', 'spiece.model', 'tokenizer_config.json'])
      copyFileSync(path.join(SIGLIP, 'siglip', name), model.path(name));
    for (const name of [TEXT, VISION]) copyFileSync(path.join(ONNX, 'siglip', name), model.path(name));
    const { ids } = JSON.parse(readFileSync(path.join(SIGLIP, 'siglip/expected.json'), 'utf8'));
    const reference = await recorded(path.join(SIGLIP, 'siglip/expected.safetensors'));
    const found = await featuresOf(model.folder, ids, await reference('pixels_u8'));
    assert.ok(worst(found.text, await reference('text_embeds_raw')) < 1e-5);
    assert.ok(worst(found.image, await reference('image_embeds_raw')) < 1e-5);
    const { predictions } = found.model.similarity.classify(
      found.image,
      unitRows(found.text, found.model.embedWidth),
    );
    assert.equal(predictions.length, 8);
  });

  it('stand in for weights of a family that is not built in, which is said', async () => {
    const ids = clip(['']);
    model.edit('config.json', json => ({ ...json, model_type: 'clip' }));
    copyFileSync(path.join(HF, 'model.safetensors'), model.path('model.safetensors'));
    await model.rewrite('model.safetensors', (name, tensor) => [[`${name}.strange`, tensor]]);
    const reference = await recorded(path.join(ONNX, 'clip/expected.safetensors'));
    const found = await featuresOf(model.folder, ids, await reference('pixels_u8'));
    assert.ok(worst(found.text, await reference('text_embeds_raw')) < 1e-5);
    assert.match(found.model.assumption!, /own weights are not read/);
  });

  it('refuse learned vectors, saying why', async () => {
    clip(['']);
    const opened = await openModel(model.folder);
    assert.match(opened.text.refusal!, /ONNX/);
    const refusal = { code: 'model.unsupported', message: /learned vectors/ };
    await assert.rejects(opened.textTables(), refusal);
    const encoder = await createTextEncoder(opened);
    const vector = { kind: 'vector' as const, slot: 0, vector: 0, classIndex: null };
    await assert.rejects(encoder.encode([[vector]]), refusal);
    await encoder.release();
  });

  it('that lack a tower, or have another width or output, are refused by name', async () => {
    clip(['']);
    model.edit('config.json', json => ({ ...json, projection_dim: 23 }));
    const wrong = await createTextEncoder(await openModel(model.folder));
    await assert.rejects(wrong.encode(prompts([[1312, 5, 1313]])), {
      code: 'model.invalid',
      message: /not 23/,
    });
    await wrong.release();
    // The SigLIP's gives pooler_output, which is no CLIP's feature.
    copyFileSync(path.join(ONNX, 'siglip', TEXT), model.path(TEXT));
    const foreign = await openModel(model.folder);
    await assert.rejects(createTextEncoder(foreign), {
      code: 'model.unsupported',
      message: /gives no text_embeds \(pooler_output float32\)/,
    });
    rmSync(model.path(VISION));
    await assert.rejects(openModel(model.path(TEXT)), { code: 'model.missing', message: /both towers/ });
    renameSync(model.path(TEXT), model.path('onnx/model.onnx'));
    await assert.rejects(openModel(model.path('onnx/model.onnx')), { code: 'model.unsupported' });
    writeFileSync(model.path(TEXT), 'no ONNX');
    copyFileSync(path.join(ONNX, 'clip', VISION), model.path(VISION));
    await assert.rejects(createTextEncoder(await openModel(model.folder)), {
      code: 'model.invalid',
      message: /text_model\.onnx: onnxruntime cannot open it \(.*Protobuf/,
      next: /Download the model again/,
    });
    rmSync(model.path(TEXT));
    copyFileSync(path.join(ONNX, 'clip/onnx/text_model_fp16.onnx'), model.path('onnx/text_model_fp16.onnx'));
    await assert.rejects(openModel(model.folder), {
      code: 'model.missing',
      message: /onnx.text_model_fp16\.onnx, onnx.vision_model\.onnx, and no two towers of one precision/,
    });
  });
});
