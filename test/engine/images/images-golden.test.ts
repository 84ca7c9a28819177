import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeImage } from '../../../src/engine/images/decode-image';
import {
  normalisationTable,
  normalise,
  type PreprocessSpec,
  preprocess,
} from '../../../src/engine/images/preprocess';
import { root } from '../../support/root';

const GOLDEN = path.join(root, 'test/fixtures/golden/preprocess');

interface GoldenImage {
  readonly file: string;
  readonly mode: string;
  readonly size: readonly [number, number];
  readonly exif_orientation?: number;
  readonly decoded_rgb_sha256: string;
}

interface Golden {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly images: readonly GoldenImage[];
}

const golden = JSON.parse(readFileSync(path.join(GOLDEN, 'preprocess.json'), 'utf8')) as Golden;
const read = (name: string): Buffer => readFileSync(path.join(GOLDEN, name));
const spec = (size: number): PreprocessSpec => ({
  size,
  mean: golden.mean,
  std: golden.std,
  interpolation: 'bicubic',
  resize: { shortest: size },
  crop: 'half-even',
  exif: false,
});

function safetensors(bytes: Buffer): ReadonlyMap<string, Float32Array> {
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { readonly data_offsets: readonly [number, number] }
  >;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          data_offsets: [from, to],
        },
      ]) => [name, new Float32Array(Uint8Array.from(bytes.subarray(start + from, start + to)).buffer)],
    ),
  );
}

describe('images: reference data', () => {
  for (const image of golden.images) {
    // Every format, the lossy ones too, is decoded and resampled to the same bits as by the reference.
    it(`${image.file}: decoded pixels and crops are bit-equal`, async () => {
      const decoded = await decodeImage(read(image.file), { subject: image.file });
      assert.deepEqual([decoded.width, decoded.height], image.size);
      assert.equal(decoded.mode, image.mode);
      assert.equal(decoded.exifOrientation, image.exif_orientation ?? 1);
      assert.equal(createHash('sha256').update(decoded.rgb).digest('hex'), image.decoded_rgb_sha256);

      const stem = path.basename(image.file).replace('.', '_');
      const sizes = [64, 224].filter(size => existsSync(path.join(GOLDEN, `expected/${stem}.${size}.png`)));
      assert.ok(sizes.length > 0);
      for (const size of sizes) {
        const expected = await decodeImage(read(`expected/${stem}.${size}.png`));
        const crop = preprocess(decoded, spec(size));
        assert.equal(Buffer.compare(crop, expected.rgb), 0, `crop at ${size} differs`);
      }
    });
  }

  it('the normalisation table and normalised crops are bit-equal', async () => {
    const tensors = safetensors(read('normalised.safetensors'));
    const table = normalisationTable(golden);
    assert.deepEqual(table, tensors.get('lut_clip'));
    for (const name of ['cmyk.jpg', 'odd.png', 'portrait.jpg', 'rgba.png', 'small.png']) {
      const crop = preprocess(await decodeImage(read(`src/${name}`)), spec(64));
      assert.deepEqual(normalise(crop, golden, table), tensors.get(`${name}.64`), name);
    }
  });
});
