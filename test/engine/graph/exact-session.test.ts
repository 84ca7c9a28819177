import assert from 'node:assert/strict';
import { interpret, tensor } from '../../../src/engine/graph/interpret';
import {
  constant,
  input,
  linear,
  logSoftmax,
  matmul,
  oneHot,
  scale,
  softmax,
  toFloat,
  weight,
} from '../../../src/engine/graph/operations';
import { createExactSession } from '../../../src/engine/runtime/create-session';
import { randomNumbers } from '../support/random-text-model';

describe('an exact session', () => {
  it('computes in float64 what the interpreter does, factors that float32 rounds included', async () => {
    const next = randomNumbers(13);
    const numbers = (length: number) => Float64Array.from({ length }, next);
    const x = input('x', [3, 4]);
    const [w, bias] = [constant(numbers(8), [2, 4]), constant(numbers(2), [2])];
    const labels = constant(Int32Array.of(1, 0, 1), [3]);
    const outputs = {
      linear: linear(x, w, bias, { scale: 1 / 3, biasScale: 0.1 }),
      plain: linear(x, w, bias),
      halved: linear(x, w, null, { scale: 0.5 }),
      scores: matmul(x, x, { transposeB: true, scale: 1 / 3 }),
      gram: matmul(x, x, { transposeA: true, scale: 100 }),
      logits: logSoftmax(scale(x, 60)),
      probabilities: softmax(x),
      own: oneHot(labels, 2),
      floats: toFloat(labels),
    };
    const values = numbers(12);
    const session = await createExactSession(outputs);
    const found = await session.run({ x: { data: values, shape: [3, 4] } });
    await session.release();
    const expected = interpret(Object.values(outputs), { x: tensor(values, [3, 4]) });
    for (const [at, name] of (Object.keys(outputs) as (keyof typeof outputs)[]).entries()) {
      assert.ok(found[name].data instanceof Float64Array, name);
      const wanted = expected[at]!.data;
      assert.equal(found[name].data.length, wanted.length);
      for (const [i, value] of wanted.entries()) {
        const distance = Math.abs(found[name].data[i]! - value);
        assert.ok(distance <= 1e-13 * Math.max(1, Math.abs(value)), `${name}: ${distance}`);
      }
    }
  });

  it('refuses weights of files', async () => {
    const ref = { file: 'model.safetensors', offset: 0, bytes: 16, dtype: 'F32', shape: [2, 2] } as const;
    await assert.rejects(createExactSession({ y: scale(weight(ref), 2) }), /reads no weights of files/);
  });
});
