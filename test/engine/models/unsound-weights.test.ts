import assert from 'node:assert/strict';
import { unitRows } from '../../../src/engine/measure/unit-features';
import { classify } from '../../../src/engine/measure/zero-shot';
import { checkFeatures } from '../../../src/engine/models/encoders/check-features';
import { createImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { HF, ModelCopy } from '../support/model-copy';

const WEIGHTS = 'model.safetensors';

describe('weights and features that are no numbers', () => {
  let model: ModelCopy;
  beforeEach(() => {
    model = new ModelCopy();
    model.copy(HF);
  });
  afterEach(() => model.remove());

  const spoil = (tensor: string, change: (values: Float32Array) => void) =>
    model.rewrite(WEIGHTS, (name, { shape, data }) => {
      if (name === tensor) change(data as Float32Array);
      return [[name, { shape, data }]];
    });
  const encodes = async (tower: 'image' | 'text') => {
    const opened = await openModel(model.folder);
    const { size } = opened.preprocess;
    if (tower === 'image') {
      const encoder = await createImageEncoder(opened);
      await encoder.encode(new Uint8Array(size * size * 3).fill(90), 1).finally(() => encoder.release());
    } else {
      const encoder = await createTextEncoder(opened);
      const prompt = [1312, 320, 1313].map(id => ({ kind: 'token' as const, id }));
      await encoder.encode([prompt]).finally(() => encoder.release());
    }
  };

  for (const [tower, tensor, value] of [
    ['image', 'vision_model.post_layernorm.weight', Number.NaN],
    ['image', 'vision_model.encoder.layers.0.mlp.fc1.bias', Number.POSITIVE_INFINITY],
    ['image', 'visual_projection.weight', 0],
    ['text', 'text_model.encoder.layers.1.self_attn.q_proj.weight', Number.NaN],
    ['text', 'text_projection.weight', 0],
    ['text', 'text_model.embeddings.token_embedding.weight', Number.NEGATIVE_INFINITY],
  ] as const)
    it(`${tensor} of ${value} stops the ${tower} tower and is named with its file`, async () => {
      await spoil(tensor, values => values.fill(value));
      await assert.rejects(encodes(tower), {
        code: 'model.invalid',
        subject: model.path(WEIGHTS),
        message: new RegExp(
          `${tensor.replaceAll('.', String.raw`\.`)} holds ${value === 0 ? 'nothing but zeros' : 'a number that is not finite'}`,
        ),
      });
    });

  it('a logit scale that makes all classes equal, or none, is refused', async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1e5, 1e5]) {
      await spoil('logit_scale', values => values.fill(value));
      await assert.rejects(openModel(model.folder), { code: 'model.invalid', message: /logit_scale is/ });
    }
  });

  it('a device that computes nonsense from sound weights is left for the next one', async () => {
    const opened = await openModel(model.folder);
    const features = new Float32Array(opened.embedWidth * 2).fill(1);
    await checkFeatures(features, opened, 'an image', 'webgpu');
    features[opened.embedWidth + 3] = Number.NaN;
    await assert.rejects(checkFeatures(features, opened, 'an image', 'webgpu'), {
      code: 'device.lost',
      message: /webgpu computed wrongly: the features of an image are not finite/,
    });
    await assert.rejects(checkFeatures(features, opened, 'a prompt', 'cpu'), {
      code: 'model.invalid',
      message: /the features of a prompt are not finite, though all weights are numbers/,
    });
  });

  it('no class is the answer where there is no cosine', () => {
    const texts = Float32Array.of(1, 0, 0, 1);
    for (const image of [Float32Array.of(Number.NaN, 1), Float32Array.of(0, 0), Float32Array.of(Infinity, 1)])
      assert.throws(() => classify(image, texts, 2, 100), { code: 'model.invalid' });
    assert.throws(
      () => classify(Float32Array.of(1, 2), Float32Array.of(Number.NaN, 0, Number.NaN, 0), 2, 100),
      RangeError,
    );
    assert.throws(() => unitRows(Float32Array.of(1, 1, 0, 0), 2), /Feature 2 of 2 is zero/);
  });
});
