import assert from 'node:assert/strict';
import path from 'node:path';
import { input } from '../../../src/engine/graph/operations';
import { normalise } from '../../../src/engine/images/preprocess';
import { createImageEncoder, type ImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { createTextEncoder, type TextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import type { ClipModel } from '../../../src/engine/models/parts/clip-model';
import { normalisedPatches, normalisedPlanes } from '../../../src/engine/models/parts/image-pixels';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import type { PromptRows, RowKey } from '../../../src/engine/prompt/prompt-rows';
import { createSession } from '../../../src/engine/runtime/create-session';
import { root } from '../../support/root';
import { randomNumbers } from '../support/random-text-model';

const MODEL = path.join(root, 'test/fixtures/golden/models/hf-vit-quickgelu');
const SOT = 1312;
const EOT = 1313;
const token = (id: number): RowKey => ({ kind: 'token', id });
const prompt = (...ids: number[]): PromptRows => [SOT, ...ids, EOT].map(token);

/** Batches change the order of float32 sums; values are near 1. */
const TOLERANCE = 1e-5;

function assertClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < found.length; i++)
    assert.ok(Math.abs(found[i]! - expected[i]!) <= TOLERANCE, `${i}: ${found[i]} ${expected[i]}`);
}

describe('encoders', () => {
  let model: ClipModel;
  let text: TextEncoder;
  let image: ImageEncoder;
  before(async () => {
    model = await openModel(MODEL);
    text = await createTextEncoder(model, { threads: 1 });
    image = await createImageEncoder(model, { threads: 1 });
  });
  after(() => Promise.all([text.release(), image.release()]));

  it('a long list of prompts gives what each prompt gives alone', async () => {
    const next = randomNumbers(3);
    const prompts = Array.from({ length: 400 }, (_, index) => {
      const length = index % 50 === 0 ? 75 : 1 + (index % 9);
      return prompt(...Array.from({ length }, () => 300 + Math.floor((next() + 1) * 400)));
    });
    prompts.push(prompts[7]!);
    const together = await text.encode(prompts);
    const width = model.embedWidth;
    for (const at of [0, 1, 7, 49, 50, 51, 199, 398, 399, 400]) {
      const alone = await text.encode([prompts[at]!]);
      assertClose(together.subarray(at * width, (at + 1) * width), alone);
    }
    assert.equal((await text.encode([])).length, 0);
  });

  it('a fixed vector counts as the token whose embedding it is', async () => {
    const ids = [320, 728, 514];
    const vectors = ids.map((_, vector): RowKey => ({ kind: 'vector', slot: 2, vector, classIndex: null }));
    const { width, tokens } = await model.textTables();
    const found = await text.encode([[token(SOT), ...vectors, token(EOT)]], (slot, vector) => {
      assert.equal(slot, 2);
      return tokens.subarray(ids[vector]! * width, (ids[vector]! + 1) * width);
    });
    assertClose(found, await text.encode([prompt(...ids)]));
    await assert.rejects(text.encode([[token(SOT), ...vectors, token(EOT)]]), /slot 2 has no vectors/);
  });

  it('refuses a prompt that is longer than the model reads', async () => {
    assert.equal((await text.encode([prompt(...Array(75).fill(320))])).length, model.embedWidth);
    await assert.rejects(text.encode([prompt(320), prompt(...Array(76).fill(320))]), {
      code: 'template.tooLong',
      message: /78 tokens.*77/,
    });
  });

  it('refuses a token that the model has no embedding of', async () => {
    await assert.rejects(text.encode([[token(SOT), token(1314), token(EOT)]]), {
      code: 'tokenizer.invalid',
      message: /token 1314, but the model has embeddings of 1314 tokens/,
    });
  });

  it('stops when it is told to', async () => {
    const abort = new AbortController();
    abort.abort();
    await assert.rejects(text.encode([prompt(320)], undefined, abort.signal), { name: 'AbortError' });
  });

  it('many images give what each image gives alone', async () => {
    const { size } = model.preprocess;
    const bytes = size * size * 3;
    const next = randomNumbers(11);
    const pixels = Uint8Array.from({ length: 70 * bytes }, () => Math.floor((next() + 1) * 128));
    const together = await image.encode(pixels, 70);
    const width = model.embedWidth;
    for (const at of [0, 31, 32, 69]) {
      const alone = await image.encode(pixels.subarray(at * bytes, (at + 1) * bytes), 1);
      assertClose(together.subarray(at * width, (at + 1) * width), alone);
    }
    await assert.rejects(image.encode(pixels, 69), RangeError);
  });

  it('normalises every level to the bits of torchvision', async () => {
    const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => Math.floor(i / 3));
    const { preprocess } = model;
    const image = { pixels: input('pixels', ['B', 16, 16, 3], 'uint8'), ...preprocess };
    const outputs = { planes: normalisedPlanes(image), patches: normalisedPatches(image, 5) };
    const session = await createSession(outputs, { threads: 1 });
    const found = await session.run({ pixels: { data: pixels, shape: [1, 16, 16, 3] } });
    await session.release();
    const planes = normalise(pixels, preprocess);
    assert.deepEqual(found.planes.data, planes);
    const patches = Array.from({ length: 9 }, (_, patch) =>
      Array.from({ length: 25 }, (_, pixel) => {
        const y = 5 * Math.floor(patch / 3) + Math.floor(pixel / 5);
        const x = 5 * (patch % 3) + (pixel % 5);
        return [0, 1, 2].map(channel => planes[channel * 256 + y * 16 + x]!);
      }),
    );
    assert.deepEqual(found.patches, { data: Float32Array.from(patches.flat(2)), shape: [9, 75] });
  });
});
