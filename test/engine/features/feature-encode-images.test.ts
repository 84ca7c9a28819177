import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Scan, scanFolder } from '../../../src/engine/dataset/scan-folder';
import { type EncodeOptions, encodeImages } from '../../../src/engine/features/encode-images';
import { type FeatureCache, openFeatureCache } from '../../../src/engine/features/feature-cache';
import { createImagePool, type ImagePool } from '../../../src/engine/features/image-pool';
import { decodeImage } from '../../../src/engine/images/decode-image';
import { type PreprocessSpec, preprocess, preprocessingKey } from '../../../src/engine/images/preprocess';
import { createImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { openModel } from '../../../src/engine/models/shelf/open-model';

const SAMPLE = path.resolve('media/sample/images/groups/activities');
const SPEC: PreprocessSpec = {
  size: 32,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  interpolation: 'bicubic',
  resize: { shortest: 32 },
  crop: 'half-even',
  exif: false,
};
const WIDTH = 3;

/** The mean of each colour: what a feature must be, from the file alone. */
function meanColours(pixels: Uint8Array): number[] {
  const sums = [0, 0, 0];
  for (const [at, level] of pixels.entries()) sums[at % 3]! += level;
  return sums.map(sum => Math.fround((sum * 3) / pixels.length));
}

class FakeEncoder {
  readonly batches: number[] = [];
  async encode(pixels: Uint8Array, count: number): Promise<Float32Array> {
    this.batches.push(count);
    const side = pixels.length / count;
    assert.equal(side, SPEC.size ** 2 * 3);
    await new Promise(resolve => setImmediate(resolve));
    return Float32Array.from(
      Array.from({ length: count }, (_, at) =>
        meanColours(pixels.subarray(at * side, (at + 1) * side)),
      ).flat(),
    );
  }
}

describe('encoding of images', () => {
  let root = '';
  let cacheRoot = '';
  let scan: Scan;
  let pool: ImagePool;
  before(() => {
    pool = createImagePool({ size: 2 });
  });
  after(() => pool.close());
  beforeEach(async () => {
    root = mkdtempSync(path.join(os.tmpdir(), 'coop-encode-'));
    cacheRoot = path.join(root, 'cache');
    for (const [at, name] of readdirSync(SAMPLE).sort().slice(0, 20).entries())
      cpSync(path.join(SAMPLE, name), path.join(root, at % 2 === 0 ? 'even' : 'odd', name));
    cpSync(path.join(root, 'even'), path.join(root, 'odd/copies'), { recursive: true });
    scan = await scanFolder(root, { memoryFolder: null });
    assert.equal(scan.images.length, 30);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const openCache = (): Promise<FeatureCache> =>
    openFeatureCache({ modelHash: 'fake', preprocessing: preprocessingKey(SPEC), view: 'test' }, WIDTH, {
      root: cacheRoot,
    });
  const encode = async (encoder: FakeEncoder, options: Partial<EncodeOptions> = {}) =>
    encodeImages({
      images: scan.images,
      root,
      preprocess: SPEC,
      width: WIDTH,
      encoder: async () => encoder,
      cache: options.cache ?? (await openCache()),
      pool,
      ...options,
    });
  const expected = async (): Promise<Float32Array> =>
    Float32Array.from(
      (
        await Promise.all(
          scan.images.map(async image =>
            meanColours(preprocess(await decodeImage(readFileSync(path.join(root, image.path))), SPEC)),
          ),
        )
      ).flat(),
    );

  it('gives every image its own feature in any batch size, equal files once', async () => {
    const wanted = await expected();
    for (const batch of [1, 7, 20, 32]) {
      const encoder = new FakeEncoder();
      const seen: number[] = [];
      const { features, failed } = await encode(encoder, {
        batch,
        onProgress: ({ done, total, unit, perSecond }) => {
          assert.deepEqual([total, unit, perSecond > 0], [30, 'images', true]);
          seen.push(done);
        },
      });
      assert.deepEqual(features, wanted);
      assert.deepEqual(failed, []);
      assert.equal(
        encoder.batches.reduce((sum, count) => sum + count),
        20,
      );
      assert.equal(encoder.batches.length, Math.ceil(20 / batch));
      assert.equal(seen.at(-1), 30);
      rmSync(cacheRoot, { recursive: true });
    }
  });

  it('asks neither decoder nor encoder for what the cache has', async () => {
    const first = await encode(new FakeEncoder());
    rmSync(path.join(root, 'even'), { recursive: true });
    const { features } = await encode(new FakeEncoder(), {
      encoder: () => Promise.reject(new Error('the encoder was asked for')),
    });
    assert.deepEqual(features, first.features);
  });

  it('lists broken, vanished and changed images and encodes the rest; none of them enters the cache', async () => {
    const wanted = await expected();
    const at = (file: string) => scan.images.findIndex(image => image.path === file);
    const odd = scan.images.filter(({ path: file }) => file.startsWith('odd/') && !file.includes('copies'));
    const [gone, changed] = [odd[0]!, odd[1]!];
    rmSync(path.join(root, gone.path));
    appendFileSync(path.join(root, changed.path), 'x');
    // A copy elsewhere still has the bytes.
    const moved = scan.images[0]!;
    rmSync(path.join(root, moved.path));
    const cut = path.join(root, 'even/cut.jpg');
    writeFileSync(cut, readFileSync(path.join(root, odd[2]!.path)).subarray(0, 1500));
    const cutHash = (await scanFolder(root, { memoryFolder: null })).images.find(
      image => image.path === 'even/cut.jpg',
    )!;
    const cache = await openCache();
    const { features, failed } = await encode(new FakeEncoder(), {
      images: [...scan.images, cutHash],
      batch: 4,
      cache,
    });
    assert.deepEqual(
      failed.map(({ index }) => index),
      [at(gone.path), at(changed.path), 30].sort((a, b) => a - b),
    );
    for (const { index, error } of failed)
      assert.ok(error.message.includes([...scan.images, cutHash][index]!.path), error.message);
    for (const [index] of scan.images.entries()) {
      const bad = failed.some(each => each.index === index);
      assert.deepEqual(
        features.slice(index * WIDTH, (index + 1) * WIDTH),
        bad ? new Float32Array(WIDTH) : wanted.slice(index * WIDTH, (index + 1) * WIDTH),
      );
    }
    assert.equal(cache.size, 18);
    for (const image of [gone, changed, cutHash]) assert.equal(cache.get(image.hash), undefined);
  });

  it('keeps what was encoded before it was cancelled', async () => {
    const stop = new AbortController();
    const encoder = new FakeEncoder();
    await assert.rejects(
      encode(encoder, {
        batch: 4,
        signal: stop.signal,
        onProgress: ({ done }) => {
          if (done >= 16) stop.abort();
        },
      }),
      { name: 'AbortError' },
    );
    assert.ok(encoder.batches.length < 5);
    const kept = (await openCache()).size;
    assert.ok(kept >= 8 && kept < 20, `${kept}`);
    await assert.rejects(encode(encoder, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  });

  it('does not wait for a batch in the tower when it is cancelled', async () => {
    const stop = new AbortController();
    await assert.rejects(
      encode(new FakeEncoder(), {
        signal: stop.signal,
        encoder: async () => ({
          encode: () => {
            stop.abort();
            return new Promise(() => undefined);
          },
        }),
      }),
      { name: 'AbortError' },
    );
  });

  it('passes on the encoder’s failure after keeping what went before', async () => {
    const encoder = new FakeEncoder();
    let batch = 0;
    await assert.rejects(
      encode(encoder, {
        batch: 4,
        encoder: async () => ({
          encode: (pixels, count) =>
            ++batch === 3 ? Promise.reject(new Error('device lost')) : encoder.encode(pixels, count),
        }),
      }),
      /device lost/,
    );
    assert.equal((await openCache()).size, 8);
  });

  it('never remembers a feature that is not finite', async () => {
    const { features } = await encode(new FakeEncoder(), {
      encoder: async () => ({ encode: async (_, count) => new Float32Array(count * WIDTH).fill(Number.NaN) }),
    });
    assert.ok(Number.isNaN(features[0]));
    assert.equal((await openCache()).size, 0);
  });

  it('encodes with the sample model, and again from the cache, to the same bits', async () => {
    const model = await openModel(path.resolve('media/sample/icon-clip'));
    const encoder = await createImageEncoder(model);
    try {
      const images = scan.images.slice(0, 12);
      const cache = await openFeatureCache(
        { modelHash: await model.hash(), preprocessing: preprocessingKey(model.preprocess), view: 'test' },
        model.embedWidth,
        { root: cacheRoot },
      );
      const options = { images, root, preprocess: model.preprocess, width: model.embedWidth, cache, pool };
      const first = await encodeImages({ ...options, encoder: async () => encoder, batch: 5 });
      const again = await encodeImages({
        ...options,
        encoder: () => Promise.reject(new Error('the encoder was asked for')),
      });
      assert.deepEqual(again.features, first.features);
      assert.ok(first.features.some(value => value !== 0));
    } finally {
      await encoder.release();
    }
  });
});
