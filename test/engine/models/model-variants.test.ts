import assert from 'node:assert/strict';
import { interpret } from '../../../src/engine/graph/interpret';
import { loadWeights } from '../../../src/engine/graph/load-weights';
import { constant } from '../../../src/engine/graph/operations';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { embedRows } from '../../../src/engine/prompt/embed-rows';
import { denseFeatures } from '../support/dense-text-tower';
import { assertReference, HF, type Json, ModelCopy, OPEN_CLIP } from '../support/model-copy';
import { trieNodes } from '../support/trie-nodes';

const HF_WEIGHTS = 'model.safetensors';
const OPEN_CLIP_WEIGHTS = 'open_clip_model.safetensors';

describe('models as training leaves them', () => {
  let model: ModelCopy;
  beforeEach(() => {
    model = new ModelCopy();
  });
  afterEach(() => model.remove());

  for (const prefix of [
    'net.',
    'teacher.backbone.',
    'module.',
    '_orig_mod.',
    'module._orig_mod.',
    '_orig_mod.module.',
    'model.',
    'clip_model.',
  ])
    it(`tensors named ${prefix}…`, async () => {
      model.copy(HF);
      await model.rewrite(HF_WEIGHTS, (name, tensor) => [[`${prefix}${name}`, tensor]]);
      await assertReference(await openModel(model.folder), HF);
    });

  it('a logit scale of the shape [1]', async () => {
    model.copy(OPEN_CLIP);
    const plain = await openModel(model.folder);
    await model.rewrite(OPEN_CLIP_WEIGHTS, (name, tensor) => [
      [name, name === 'logit_scale' ? { shape: [1], data: tensor.data } : tensor],
    ]);
    assert.equal((await openModel(model.folder)).similarity.scale, plain.similarity.scale);
    await model.rewrite(OPEN_CLIP_WEIGHTS, (name, tensor) => [
      [name, name === 'logit_scale' ? { shape: [2], data: Float32Array.of(1, 2) } : tensor],
    ]);
    await assert.rejects(openModel(model.folder), { code: 'model.invalid', message: /logit_scale.*\[2\]/ });
  });

  it('weights of float64', async () => {
    model.copy(HF);
    await model.rewrite(HF_WEIGHTS, (name, { shape, f64 }) => [[name, { shape, data: f64 }]]);
    await assertReference(await openModel(model.folder), HF);
  });

  it('text_config_dict and vision_config_dict win with their defaults, as in transformers', async () => {
    model.copy(HF);
    model.edit('config.json', json => {
      const { text_config: text, vision_config: vision } = json as Record<string, Json>;
      const { hidden_act: _, layer_norm_eps: __, ...rest } = text!;
      return {
        ...json,
        // What the second leaves out is quick_gelu and 1e-5, not what the first says.
        text_config: { ...text, hidden_act: 'gelu', layer_norm_eps: 0.1, num_hidden_layers: 9 },
        text_config_dict: rest,
        vision_config: { ...vision, hidden_act: 'gelu' },
        vision_config_dict: vision,
      };
    });
    await assertReference(await openModel(model.folder), HF);
    model.edit('config.json', json => ({
      ...json,
      text_config: json['text_config_dict'],
      text_config_dict: null,
    }));
    await assertReference(await openModel(model.folder), HF);
  });

  it('a text tower of one block', async () => {
    model.copy(HF);
    model.edit('config.json', json => ({
      ...json,
      text_config: { ...(json['text_config'] as Json), num_hidden_layers: 1 },
    }));
    await model.rewrite(HF_WEIGHTS, (name, tensor) =>
      /^text_model\.encoder\.layers\.[^0]/.test(name) ? [] : [[name, tensor]],
    );
    const opened = await openModel(model.folder);
    assert.equal(opened.text.layers, 1);
    const { width, tokens, positions } = await opened.textTables();
    const prompts = [
      [1312, 320, 728, 514, 1313],
      [1312, 320, 1313],
      [1312, 320, 728, 300, 301, 302, 1313],
    ];
    const keys = prompts.map(ids => ids.map(id => ({ kind: 'token' as const, id })));
    const encoder = await createTextEncoder(opened);
    const found = await encoder.encode(keys);
    await encoder.release();
    const rows = keys.map(each => {
      const packed = each.map((key, position) => ({ key, position }));
      const embedded = embedRows(
        packed,
        {
          width,
          token: id => tokens.subarray(id * width, (id + 1) * width),
          positional: position => positions.subarray(position * width, (position + 1) * width),
          fixedVector: () => assert.fail(),
        },
        new Float64Array(each.length * width),
      );
      return { x: constant(embedded, [each.length, width]), end: each.length - 1 };
    });
    const features = denseFeatures(trieNodes(opened), rows);
    const [expected] = interpret([features], {}, await loadWeights([features]));
    assert.equal(found.length, expected!.data.length);
    found.forEach((value, at) => {
      assert.ok(Math.abs(value - expected!.data[at]!) < 1e-4, `${at}: ${value}, ${expected!.data[at]}`);
    });
  });
});
