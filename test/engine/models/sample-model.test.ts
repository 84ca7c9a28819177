import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeImage } from '../../../src/engine/images/decode-image';
import { preprocess } from '../../../src/engine/images/preprocess';
import { unitRows } from '../../../src/engine/measure/unit-features';
import { createImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import type { PromptRows } from '../../../src/engine/prompt/prompt-rows';
import { promptTokens } from '../../../src/engine/prompt/tokenizer';
import { readSafetensorsHeader, readTensor } from '../../../src/files/tensors/safetensors';
import { root } from '../../support/root';

const FOLDERS = {
  groups: path.join(root, 'media/sample/images/groups'),
  'groups-sketch': path.join(root, 'test/fixtures/demo/groups-sketch'),
  kinds: path.join(root, 'test/fixtures/demo/kinds'),
};

interface Expected {
  readonly class_names: readonly string[];
  readonly images: readonly string[];
}

describe('the sample model on the sample images', () => {
  for (const [name, folder] of Object.entries(FOLDERS)) {
    it(`${name}: embeddings and predictions are open_clip's`, async () => {
      const expectedFile = path.join(root, 'test/fixtures/demo/expected', `${name}.safetensors`);
      const expected = JSON.parse(
        readFileSync(expectedFile.replace('.safetensors', '.json'), 'utf8'),
      ) as Expected;
      const { tensors } = await readSafetensorsHeader(expectedFile);
      const model = await openModel(path.join(root, 'media/sample/icon-clip'));
      const { embedWidth: width, preprocess: spec } = model;
      const tokenizer = await model.tokenizer();
      const text = await createTextEncoder(model);
      const image = await createImageEncoder(model);

      const features = new Float32Array(expected.images.length * width);
      const side = spec.size * spec.size * 3;
      for (let start = 0; start < expected.images.length; start += 64) {
        const batch = expected.images.slice(start, start + 64);
        const pixels = new Uint8Array(batch.length * side);
        for (const [at, file] of batch.entries()) {
          const bytes = readFileSync(path.join(folder, file));
          pixels.set(preprocess(await decodeImage(bytes, { subject: file }), spec), at * side);
        }
        features.set(await image.encode(pixels, batch.length), start * width);
      }
      const units = unitRows(features, width);
      const reference = await readTensor(expectedFile, tensors.get('images')!);
      for (let i = 0; i < expected.images.length; i++) {
        let cosine = 0;
        for (let e = 0; e < width; e++) cosine += units[i * width + e]! * reference[i * width + e]!;
        assert.ok(cosine >= 0.999, `${expected.images[i]}: ${cosine}`);
      }

      let compared = 0;
      let equal = 0;
      for (const [key, info] of tensors) {
        if (!key.startsWith('text ')) continue;
        const template = key.slice('text '.length);
        const prompts = expected.class_names.map((className): PromptRows => {
          const prompt = template.replace('{}', className.replaceAll('_', ' '));
          return promptTokens(tokenizer, tokenizer.encode(prompt)).map(id => ({
            kind: 'token',
            id,
          }));
        });
        const classes = unitRows(await text.encode(prompts), width);
        const referenceText = await readTensor(expectedFile, info);
        for (let i = 0; i < classes.length; i++)
          assert.ok(Math.abs(classes[i]! - referenceText[i]!) < 1e-5, `${template} ${i}`);
        for (let i = 0; i < expected.images.length; i++) {
          const [mine, theirs] = [best(units, i, classes, width), best(reference, i, referenceText, width)];
          compared += 1;
          if (mine.label === theirs.label) equal += 1;
          else
            assert.ok(theirs.margin * model.similarity.scale < 0.05, `${expected.images[i]} is no near-tie`);
        }
      }
      await Promise.all([text.release(), image.release()]);
      assert.ok(compared >= 13 * expected.images.length);
      assert.ok(equal / compared >= 0.995, `${equal} of ${compared}`);
    });
  }
});

/** The nearest class of image i, and how much nearer it is than the second. */
function best(images: Float32Array, i: number, classes: Float32Array, width: number) {
  let [label, first, second] = [-1, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let c = 0; c < classes.length / width; c++) {
    let cosine = 0;
    for (let e = 0; e < width; e++) cosine += images[i * width + e]! * classes[c * width + e]!;
    if (cosine > first) [label, first, second] = [c, cosine, first];
    else if (cosine > second) second = cosine;
  }
  return { label, margin: first - second };
}
