import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { normalise, type PreprocessSpec, preprocess } from '../../../src/engine/images/preprocess';
import { snippet } from '../../../src/shared/snippets/snippet';

/** The `preprocess` of the code for transformers.js, which carries its own. */
function generated(spec: PreprocessSpec): (image: object) => Float32Array {
  const code = snippet('transformers.js', {
    file: 'pets.json',
    model: '/models/pets',
    layout: 'hugging-face',
    preprocess: spec,
  });
  const own = code.slice(code.indexOf('/** Resize with Pillow'));
  class Tensor {
    constructor(
      readonly type: string,
      readonly data: Float32Array,
    ) {}
  }
  const run = runInNewContext(`${own}\npreprocess`, { Tensor, Float32Array, Uint8ClampedArray }) as (
    image: object,
  ) => Tensor;
  return image => run(image).data;
}

describe('generated code that preprocesses images', () => {
  const SPECS: readonly Partial<PreprocessSpec>[] = [
    {},
    { interpolation: 'bilinear' },
    { resizeMode: 'squash' },
    { size: 25, interpolation: 'bilinear', resizeMode: 'squash' },
  ];
  for (const part of SPECS)
    it(`gives the model the same numbers: ${JSON.stringify(part)}`, () => {
      const spec: PreprocessSpec = {
        size: 24,
        mean: [0.48145466, 0.4578275, 0.40821073],
        std: [0.26862954, 0.26130258, 0.27577711],
        interpolation: 'bicubic',
        resizeMode: 'shortest',
        exif: false,
        ...part,
      };
      const theirs = generated(spec);
      for (const [width, height] of [
        [40, 40],
        [61, 40],
        [63, 41],
        [40, 62],
        [33, 97],
        [97, 33],
        [24, 90],
        [24, 24],
        [7, 9],
        [30, 300],
      ] as const) {
        const rgb = Uint8Array.from(
          { length: width * height * 3 },
          (_, i) => Math.imul(i, 2654435761) >>> 24,
        );
        const ours = normalise(preprocess({ width, height, rgb }, spec), spec);
        const found = theirs({ data: rgb, width, height });
        assert.equal(found.length, ours.length);
        // The same levels; normalised in float64 there, step by step in float32 here.
        const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
        assert.ok(worst < 1e-6, `${width} × ${height}: ${worst}`);
      }
    });
});
