import assert from 'node:assert/strict';
import { holm } from '../../../src/engine/measure/holm';

describe('p-values of a family of tests', () => {
  it('are adjusted by Holm’s method, as statsmodels does (multipletests, method holm)', () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    for (const [at, expected] of [0.03, 0.06, 0.06, 0.02].entries())
      assert.ok(Math.abs(adjusted[at]! - expected) < 1e-12);
    assert.deepEqual(holm([]), []);
    assert.deepEqual(holm([0.2]), [0.2]);
    assert.deepEqual(holm([0.6, 0.9]), [1, 1]);
  });
});
