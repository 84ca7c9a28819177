import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { normalise, preprocess, preprocessingInWords } from '../../../src/engine/images/preprocess';
import { readHuggingFacePreprocess } from '../../../src/engine/models/clip/hugging-face-preprocess';
import { readOpenClipPreprocess } from '../../../src/engine/models/clip/open-clip-preprocess';
import { root } from '../../support/root';
import { noise } from '../support/noise';

interface Processor {
  readonly name: string;
  readonly config: Record<string, unknown>;
  readonly images: readonly {
    readonly size: readonly [number, number];
    /** Of the levels, [32, 32, 3]. */
    readonly sha256: string;
    /** First pixel as the model sees it. */
    readonly first: readonly number[];
  }[];
}

const { processors } = JSON.parse(
  readFileSync(path.join(root, 'test/fixtures/golden/images/processors.json'), 'utf8'),
) as { readonly processors: readonly Processor[] };

describe('preprocessing of a transformers folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-processor-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, config: object) =>
    writeFileSync(path.join(folder, name), JSON.stringify(config));
  const read = () => readHuggingFacePreprocess(folder, 32);

  for (const { name, config, images } of processors)
    it(`gives transformers’ pixels: ${name}`, async () => {
      write('image_processor' in config ? 'processor_config.json' : 'preprocessor_config.json', config);
      const spec = await read();
      for (const { size, sha256, first } of images) {
        const pixels = preprocess(noise(size), spec);
        assert.equal(createHash('sha256').update(pixels).digest('hex'), sha256, size.join(' × '));
        const planes = normalise(pixels, spec);
        first.forEach((value, channel) => {
          const found = planes[channel * 32 * 32]!;
          assert.ok(Math.abs(found - value) <= 2e-6 * Math.max(1, Math.abs(value)), `${found}, not ${value}`);
        });
      }
    });

  it('is that of the whole processor’s file where both name an image processor', async () => {
    const image = { size: 32, crop_size: 32, image_mean: [0.1, 0.2, 0.3] };
    write('preprocessor_config.json', image);
    write('processor_config.json', { processor_class: 'CLIPProcessor' });
    assert.deepEqual((await read()).mean, [0.1, 0.2, 0.3]);
    write('processor_config.json', { image_processor: { ...image, image_mean: [0.4, 0.5, 0.6] } });
    assert.deepEqual((await read()).mean, [0.4, 0.5, 0.6]);
  });

  const REFUSED: readonly [Record<string, unknown>, RegExp][] = [
    [{ size: { shortest_edge: 40 }, crop_size: 40 }, /cropped to 40 × 40 pixels, but the tower takes 32/],
    [{ size: { shortest_edge: 24 } }, /resized to 24 pixels and then padded to the 32 of crop_size/],
    [{ size: { shortest_edge: 32, longest_edge: 64 } }, /size has shortest_edge and longest_edge/],
    [{ size: { longest_edge: 32 } }, /size has longest_edge/],
    [{ size: { max_height: 32, max_width: 32 } }, /size has max_height and max_width/],
    [{ crop_size: { shortest_edge: 32 } }, /crop_size has shortest_edge/],
    [{ do_center_crop: false }, /not cropped to the square/],
    [{ do_center_crop: false, size: [32, 40] }, /resized to 32 × 40 pixels/],
    [{ do_resize: false }, /do_resize is off/],
    [{ do_pad: true, pad_size: { height: 40, width: 40 } }, /do_pad/],
    [{ use_square_size: true }, /use_square_size/],
    [{ resample: 1 }, /resample is 1/],
    [{ do_thumbnail: true }, /do_thumbnail/],
    [{ do_flip_channel_order: true }, /do_flip_channel_order/],
    [{ image_processor_type: 'EfficientNetImageProcessor' }, /EfficientNetImageProcessor/],
    [{ image_processor_type: 'constructor' }, /constructor/],
  ];
  for (const [change, message] of REFUSED)
    it(`is refused by name: ${JSON.stringify(change)}`, async () => {
      write('preprocessor_config.json', { size: 32, crop_size: 32, ...change });
      await assert.rejects(read(), { code: 'model.unsupported', message });
    });

  it('fits the tower where no file says anything', async () => {
    assert.equal(
      preprocessingInWords(await read()),
      'shorter side to 32 px, bicubic; centre 32 px, halves down, as transformers',
    );
  });
});

describe('preprocessing of an open_clip folder', () => {
  const read = (config: object) => readOpenClipPreprocess('open_clip_config.json', config, 32);

  it('takes the tower’s size whatever its own is, and one number for all channels', () => {
    for (const size of [undefined, 32, [32, 32], 224, [3, 32, 32], null])
      assert.deepEqual(read({ size }).resize, { shortest: 32 });
    assert.deepEqual(read({ mean: 0.5, std: [0.1, 0.2, 0.3] }).mean, [0.5, 0.5, 0.5]);
    assert.equal(
      preprocessingInWords(read({})),
      'shorter side to 32 px, bicubic; centre 32 px, halves to even, as CLIP',
    );
    assert.equal(
      preprocessingInWords(read({ resize_mode: 'squash', interpolation: 'bilinear' })),
      'stretched to 32 × 32 px, bilinear',
    );
  });

  it('is refused by name where images are padded, or a filter is another one', () => {
    assert.throws(() => read({ resize_mode: 'longest', fill_color: 3 }), /resize_mode is longest/);
    assert.throws(() => read({ interpolation: 'random' }), /interpolation is random/);
  });
});
