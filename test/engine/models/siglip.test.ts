import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeImage } from '../../../src/engine/images/decode-image';
import { preprocess } from '../../../src/engine/images/preprocess';
import { unitRows } from '../../../src/engine/measure/unit-features';
import { createImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { siglipTokenizer } from '../../../src/engine/models/tokenizer/siglip-tokenizer';
import { promptTokens } from '../../../src/engine/prompt/tokenizer';
import { root } from '../../support/root';
import { recorded, SIGLIP, worst } from '../support/siglip-golden';

const IMAGES = path.join(root, 'test/fixtures/golden/models/images');

interface Expected {
  readonly images: readonly string[];
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly padding: number;
  readonly ids_of_siglip2?: readonly (readonly number[])[];
}

describe('SigLIP', () => {
  for (const name of ['siglip', 'siglip2', 'open-clip']) {
    const folder = path.join(SIGLIP, name);
    const expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as Expected;

    it(`${name}: its own tokenizer gives its library’s ids`, async () => {
      const model = await openModel(folder);
      const tokenizer = await model.tokenizer();
      // As the tower sees them: transformers adds no end to a text that spells it, which SigLIP's padding makes good.
      const filled = (ids: readonly number[]) =>
        Array.from({ length: model.contextLength }, (_, at) => ids[at] ?? tokenizer.padding);
      for (const [at, text] of expected.texts.entries()) {
        const ids = promptTokens(tokenizer, tokenizer.encode(text));
        assert.deepEqual(filled(ids), filled(expected.ids[at]!), text);
      }
      assert.equal(tokenizer.padding, expected.padding);
    });

    it(`${name}: features, logits and probabilities are its library’s`, async () => {
      const model = await openModel(folder);
      const reference = await recorded(path.join(folder, 'expected.safetensors'));
      const [texts, images] = await Promise.all([createTextEncoder(model), createImageEncoder(model)]);
      const prompts = expected.ids.map(ids => ids.map(id => ({ kind: 'token' as const, id })));
      const text = await texts.encode(prompts);
      const pixels = Uint8Array.from(await reference('pixels_u8'));
      const image = await images.encode(pixels, pixels.length / (3 * model.preprocess.size ** 2));
      await Promise.all([texts.release(), images.release()]);
      const { embedWidth: width, similarity } = model;
      assert.ok(worst(text, await reference('text_embeds_raw')) < 1e-5);
      assert.ok(worst(image, await reference('image_embeds_raw')) < 1e-5);
      const units = unitRows(text, width);
      assert.ok(worst(similarity.logits(image, units), await reference('logits_per_image_f64')) < 1e-5);
      const { predictions, probabilities, independent } = similarity.classify(image, units);
      assert.ok(worst(probabilities, await reference('probabilities')) < 1e-5);
      assert.equal(independent, true);
      const logits = await reference('logits_per_image_f64');
      const count = prompts.length;
      for (const [i, best] of predictions.entries()) {
        const row = [...logits.subarray(i * count, (i + 1) * count)];
        assert.ok(row[best]! >= Math.max(...row) - 1e-5, `image ${i}`);
      }
    });

    if (expected.images.length === 0) continue;
    it(`${name}: pixels are those of the library’s image processor`, async () => {
      const { preprocess: spec } = await openModel(folder);
      const pixels = await (await recorded(path.join(folder, 'expected.safetensors')))('pixels_u8');
      const size = spec.size * spec.size * 3;
      for (const [at, file] of expected.images.entries()) {
        const image = await decodeImage(readFileSync(path.join(IMAGES, file)));
        const found = preprocess(image, spec);
        assert.deepEqual([...found], [...pixels.subarray(at * size, (at + 1) * size)], file);
      }
    });
  }

  it('open_clip cleans texts for SigLIP 2’s tokenizer as for SigLIP’s', async () => {
    const expected = JSON.parse(
      readFileSync(path.join(SIGLIP, 'open-clip/expected.json'), 'utf8'),
    ) as Expected;
    const tokenizer = await siglipTokenizer(path.join(SIGLIP, 'siglip2'), 'open_clip').load();
    for (const [at, text] of expected.texts.entries())
      assert.deepEqual(promptTokens(tokenizer, tokenizer.encode(text)), expected.ids_of_siglip2![at], text);
  });
});
