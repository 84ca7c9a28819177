import assert from 'node:assert/strict';
import { adamStep, freshAdam } from '../../../../src/engine/methods/prolip/adam';

describe('Adam', () => {
  it('takes the steps of the paper’s algorithm, in closed form for a constant gradient', () => {
    // With g constant both corrected means are g and g², so that every step is the rate times the gradient's sign.
    const parameters = Float32Array.of(1, -1, 0.5);
    const state = freshAdam(3);
    for (let step = 1; step <= 5; step++)
      adamStep(parameters, Float32Array.of(0.3, -2, 0.001), state, 0.1, step);
    const expected = [1 - 0.5, -1 + 0.5, 0.5 - 0.5];
    for (const [i, value] of expected.entries())
      assert.ok(Math.abs(parameters[i]! - value) < 1e-4, `${parameters[i]} ${value}`);
  });

  it('is torch.optim.Adam on a quadratic', () => {
    // loss = p₀² + 10 p₁², by the formula of torch.optim.Adam's documentation in float64.
    const reference = [1, -2];
    const means = { m: [0, 0], v: [0, 0] };
    const parameters = Float32Array.from(reference);
    const state = freshAdam(2);
    for (let step = 1; step <= 5; step++) {
      const gradient = Float32Array.of(2 * parameters[0]!, 20 * parameters[1]!);
      adamStep(parameters, gradient, state, 0.1, step);
      for (const [i, curvature] of [2, 20].entries()) {
        const g = curvature * reference[i]!;
        means.m[i] = means.m[i]! + (g - means.m[i]!) * (1 - 0.9);
        means.v[i] = 0.999 * means.v[i]! + 0.001 * g * g;
        const denominator = Math.sqrt(means.v[i]!) / Math.sqrt(1 - 0.999 ** step) + 1e-8;
        reference[i] = reference[i]! - (0.1 / (1 - 0.9 ** step)) * (means.m[i]! / denominator);
      }
    }
    for (const [i, value] of reference.entries())
      assert.ok(Math.abs(parameters[i]! - value) < 1e-5, `${parameters[i]} ${value}`);
  });
});
