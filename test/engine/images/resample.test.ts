import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { scalarResampler } from '../../../src/engine/images/resample';
import { createSimdResampler } from '../../../src/engine/images/resample-simd';
import { resizeWeights } from '../../../src/engine/images/resize-weights';
import { WASM_FILE, wasmText } from '../../../tools/resample-wasm';
import { noise } from '../support/noise';

/** [width, height, width after, height after]: less than a vector, no multiple of one, several bands, no room at all. */
const SIZES = [
  [1, 1, 1, 1],
  [5, 3, 2, 7],
  [37, 41, 19, 23],
  [500, 375, 298, 224],
  [2000, 1500, 448, 224],
  [60_000, 12, 224, 5],
  [7, 9000, 3, 4000],
] as const;

describe('resampling in WebAssembly', () => {
  const simd = createSimdResampler();
  for (const [width, height, across, down] of SIZES)
    for (const interpolation of ['bicubic', 'bilinear'] as const)
      it(`${width} × ${height} to ${across} × ${down}, ${interpolation}: both passes are the scalar ones`, () => {
        const { rgb } = noise([width, height]);
        const source = { data: rgb, offset: 0, stride: width * 3 };
        const columns = resizeWeights(width, across, 0, across, interpolation);
        const rows = resizeWeights(height, down, 0, down, interpolation);
        const same = (found: Uint8Array, expected: Uint8Array) =>
          assert.ok(Buffer.from(found).equals(expected));
        same(simd.columns(source, height, columns), scalarResampler.columns(source, height, columns));
        same(simd.rows(source, width * 3, rows), scalarResampler.rows(source, width * 3, rows));
      });

  it('is what its source compiles to', async () => {
    assert.equal(readFileSync(WASM_FILE, 'utf8'), await wasmText());
  });
});
