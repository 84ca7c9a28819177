import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { normalise, type PreprocessSpec, preprocess } from '../../../src/engine/images/preprocess';
import { snippet } from '../../../src/shared/snippets/snippet';
import { noise } from '../support/noise';

/** The `preprocess` of the code for transformers.js, which carries its own. */
function generated(spec: PreprocessSpec): (image: object) => Float32Array {
  const code = snippet('transformers.js', {
    file: 'pets.json',
    model: '/models/pets',
    layout: 'hugging-face',
    preprocess: spec,
  });
  const own = code.slice(code.search(/^\/\*\* Half of it/m));
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
    { crop: 'half-even' },
    { resize: { shortest: 31 } },
    { resize: { width: 24, height: 24 } },
    { size: 25, interpolation: 'bilinear', resize: { width: 30, height: 25 } },
  ];
  for (const part of SPECS)
    it(`gives the model the same numbers: ${JSON.stringify(part)}`, () => {
      const spec: PreprocessSpec = {
        size: 24,
        mean: [0.48145466, 0.4578275, 0.40821073],
        std: [0.26862954, 0.26130258, 0.27577711],
        interpolation: 'bicubic',
        resize: { shortest: 24 },
        crop: 'floor',
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
        const image = noise([width, height]);
        const ours = normalise(preprocess(image, spec), spec);
        const found = theirs({ ...image, data: image.rgb });
        assert.equal(found.length, ours.length);
        // The same levels; normalised in float64 there, step by step in float32 here.
        const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
        assert.ok(worst < 1e-6, `${width} × ${height}: ${worst}`);
      }
    });
});
