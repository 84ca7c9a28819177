import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Saved, writeTorchFile } from '../../../src/engine/io/torch/write-torch-file';
import { StoredTensors } from '../../../src/engine/models/parts/stored-tensors';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { assertReference, MODELS, ModelCopy } from '../support/model-copy';

const OPENAI = path.join(MODELS, 'openai-vit');

describe('weights as PyTorch writes them', () => {
  let model: ModelCopy;
  let cache: ModelCopy;
  const { COOP_CACHE_DIR } = process.env;
  beforeEach(() => {
    model = new ModelCopy();
    cache = new ModelCopy();
    process.env['COOP_CACHE_DIR'] = cache.folder;
  });
  afterEach(() => {
    model.remove();
    cache.remove();
    if (COOP_CACHE_DIR === undefined) delete process.env['COOP_CACHE_DIR'];
    else process.env['COOP_CACHE_DIR'] = COOP_CACHE_DIR;
  });
  const put = (from: string, name = from) => {
    copyFileSync(path.join(OPENAI, from), model.path(name));
    return model.path(name);
  };
  const converted = () => (existsSync(cache.path('weights')) ? readdirSync(cache.path('weights')) : []);

  for (const [file, what] of [
    ['archive.pt', 'OpenAI’s TorchScript archives'],
    ['state_dict.bin', 'state dicts'],
  ] as const)
    it(`${what}, whose numbers stay in their file`, async () => {
      const place = put(file);
      await assertReference(await openModel(place), OPENAI);
      await assertReference(await openModel(model.folder), OPENAI);
      assert.deepEqual(converted(), []);
      const weights = await StoredTensors.openFile(place);
      const { op, attributes } = weights.node('text_projection', [64, 24]);
      assert.ok(op === 'weight' && 'ref' in attributes && attributes.ref.file === place);
    });

  for (const [file, what] of [
    ['legacy.bin', 'the form before PyTorch 1.6'],
    ['checkpoint.pt', 'a training’s checkpoint with a prefix and tensors with gaps'],
  ] as const)
    it(`${what}, copied into the cache once`, async () => {
      const place = put(file);
      await assertReference(await openModel(place), OPENAI);
      const [name] = converted();
      const before = statSync(cache.path('weights', name!), { bigint: true });
      const opened = await openModel(place);
      await assertReference(opened, OPENAI);
      assert.deepEqual(statSync(cache.path('weights', name!), { bigint: true }).mtimeNs, before.mtimeNs);
      assert.deepEqual(opened.weightsFiles, [place]);
      // A copy that is not of this file is written anew.
      writeFileSync(cache.path('weights', name!), 'damaged');
      await assertReference(await openModel(place), OPENAI);
    });

  it('a cache that takes no copy is named, not the weights', async () => {
    process.env['COOP_CACHE_DIR'] = path.join(put('archive.pt'), 'cache');
    await assert.rejects(openModel(put('legacy.bin')), {
      code: 'file.access',
      message: /archive\.pt.cache.weights cannot be written/,
    });
  });

  it('what a file is shows in its bytes, not in its name', async () => {
    put('state_dict.bin', 'open_clip_model.safetensors');
    const opened = await openModel(model.folder);
    assert.match(opened.assumption!, /GELU, as open_clip/);
    assert.equal((await openModel(put('archive.pt'))).assumption, null);
  });

  it('says of a checkpoint without a known part what it holds', async () => {
    const tensor = { shape: [1], values: new Float32Array(1) };
    const root = new Map<string, Saved>([
      ['epoch', 3],
      ['ema', new Map([['visual.proj', tensor]])],
    ]);
    writeFileSync(model.path('x.pt'), writeTorchFile(root));
    await assert.rejects(openModel(model.path('x.pt')), {
      code: 'file.corrupt',
      message: /it holds no state_dict: its entries are "epoch", "ema"\.$/,
      next: /choose one that holds a state_dict/,
    });
  });

  it('refuses a file cut off anywhere, whatever its form', async () => {
    for (const file of ['archive.pt', 'state_dict.bin', 'legacy.bin']) {
      const bytes = readFileSync(path.join(OPENAI, file));
      for (const share of [0.01, 0.3, 0.6, 0.9, 0.999]) {
        writeFileSync(model.path('x.pt'), bytes.subarray(0, Math.floor(bytes.length * share)));
        await assert.rejects(openModel(model.path('x.pt')), { code: 'file.corrupt' }, `${file} ${share}`);
      }
    }
    assert.deepEqual(converted(), []);
  });
});
