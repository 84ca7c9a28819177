import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { interpret, tensor } from '../../../src/engine/graph/interpret';
import { loadWeights } from '../../../src/engine/graph/load-weights';
import { createImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { imageGraph } from '../support/image-graph';
import { relativeDistance } from '../support/layout-case';
import { MODELS, ModelCopy } from '../support/model-copy';
import { randomNumbers } from '../support/random-text-model';
import { SIGLIP } from '../support/siglip-golden';

const COUNT = 2;
/** float16 has 11 bits: a weight moves by 2⁻¹² of itself at most, half of that in the mean. */
const ROUNDING = 1e-3;

describe('weights held as float16', () => {
  let cache: string;
  const before = process.env['COOP_CACHE_DIR'];

  beforeEach(() => {
    cache = mkdtempSync(path.join(os.tmpdir(), 'coop-halves-'));
    process.env['COOP_CACHE_DIR'] = cache;
  });
  afterEach(() => {
    rmSync(cache, { recursive: true, force: true });
    if (before === undefined) delete process.env['COOP_CACHE_DIR'];
    else process.env['COOP_CACHE_DIR'] = before;
  });

  const kept = () => readdirSync(path.join(cache, 'weights', 'float16'));

  async function featuresOf(place: string, precision: 'float32' | 'float16') {
    const model = await openModel(place, place, precision);
    const { size } = model.preprocess;
    const next = randomNumbers(size);
    const pixels = Uint8Array.from({ length: COUNT * size * size * 3 }, () => Math.floor((next() + 1) * 128));
    const images = await createImageEncoder(model, { threads: 1 });
    const image = await images.encode(pixels, COUNT);
    await images.release();
    const texts = await createTextEncoder(model, { threads: 1 });
    const text = await texts.encode(
      [
        [2, 7, 5, 1],
        [2, 9, 11, 3, 1],
      ].map(ids => ids.map(id => ({ kind: 'token', id }) as const)),
    );
    await texts.release();
    const graph = imageGraph(model);
    const exact = interpret(
      [graph],
      { pixels: tensor(pixels, [COUNT, size, size, 3]) },
      await loadWeights([graph]),
    )[0]!.data;
    return { image, text, exact };
  }

  for (const place of [
    ...[
      'hf-vit-quickgelu',
      'hf-sharded',
      'openclip-vit',
      'openclip-rn',
      'openclip-eva02',
      'openclip-biomed',
    ].map(name => path.join(MODELS, name)),
    ...['archive.pt', 'checkpoint.pt', 'legacy.bin'].map(name => path.join(MODELS, 'openai-vit', name)),
    path.join(SIGLIP, 'siglip'),
  ])
    it(`${path.relative(MODELS, place)}: sums are float32’s, features those of rounded matrices`, async () => {
      const [whole, half] = [await featuresOf(place, 'float32'), await featuresOf(place, 'float16')];
      const rounding = relativeDistance(half.exact, whole.exact);
      assert.ok(relativeDistance(half.image, half.exact) < 2e-6, 'sums are not float32’s');
      assert.ok(rounding < ROUNDING, `images are off by ${rounding}`);
      const text = relativeDistance(half.text, whole.text);
      assert.ok(text < ROUNDING, `texts are off by ${text}`);
    });

  it('are written once, and not at all where a file has them as float16', async () => {
    const copy = new ModelCopy();
    copy.copy(path.join(MODELS, 'hf-vit-quickgelu'));
    await featuresOf(copy.folder, 'float16');
    const first = kept();
    assert.ok(first.length > 10);
    await featuresOf(copy.folder, 'float16');
    assert.deepEqual(kept(), first);
    await copy.rewrite('model.safetensors', (name, { shape, data }) => [
      [name, { shape, data: data as Float32Array, dtype: 'F16' }],
    ]);
    rmSync(path.join(cache, 'weights'), { recursive: true });
    const [whole, half] = [
      await featuresOf(copy.folder, 'float32'),
      await featuresOf(copy.folder, 'float16'),
    ];
    assert.ok(relativeDistance(half.image, whole.image) < 2e-6);
    assert.throws(kept, { code: 'ENOENT' });
    copy.remove();
  });
});
