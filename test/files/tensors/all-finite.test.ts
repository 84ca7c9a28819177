import assert from 'node:assert/strict';
import { allFinite } from '../../../src/files/tensors/all-finite';

describe('numbers', () => {
  it('are all finite, or one of them is not, wherever it stands', () => {
    assert.ok(allFinite(new Float32Array()));
    assert.ok(allFinite(Float32Array.of(0, -0, 3.4e38, -3.4e38, 1e-45)));
    assert.ok(allFinite(Float64Array.of(Number.MAX_VALUE, -Number.MAX_VALUE)));
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (const at of [0, 1, 2]) assert.ok(!allFinite(new Float32Array([1, -1, 2]).fill(bad, at, at + 1)));
  });
});
