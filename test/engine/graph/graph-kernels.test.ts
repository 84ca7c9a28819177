import assert from 'node:assert/strict';
import { emitOnnx } from '../../../src/engine/graph/emit-onnx';
import { interpret, tensor } from '../../../src/engine/graph/interpret';
import { gelu, input, logSoftmax, matmul, scale, toFloat } from '../../../src/engine/graph/operations';
import { kernelsOf } from '../../../src/engine/graph/provider-kernels';
import { onnxruntime } from '../../../src/engine/runtime/onnxruntime';
import { randomNumbers } from '../support/random-text-model';

/** What is emitted for a device is standard enough to run on the CPU too, so the variants are compared there. */
describe('graphs emitted for other devices', () => {
  const x = input('x', ['N', 3, 4]);
  const levels = input('levels', ['L'], 'uint8');
  const outputs = {
    // Up to e¹⁸⁰ overflows float32 unless the row's largest value is taken off first.
    logSoftmax: logSoftmax(scale(x, 60)),
    gelu: gelu(x),
    scores: matmul(x, x, { transposeB: true, scale: 0.25 }),
    gram: matmul(x, x, { transposeA: true, scale: 3 }),
    floats: toFloat(levels),
  };
  const next = randomNumbers(21);
  const values = Float32Array.from({ length: 2 * 3 * 4 }, () => next() * 3);
  const bytes = Uint8Array.of(0, 1, 127, 128, 255);
  const names = Object.keys(outputs) as (keyof typeof outputs)[];
  const expected = interpret(Object.values(outputs), {
    x: tensor(values, [2, 3, 4]),
    levels: tensor(bytes, [bytes.length]),
  });

  for (const device of ['cpu', 'webgpu', 'cuda', 'dml', 'coreml']) {
    it(`${device}: the same numbers`, async () => {
      const ort = onnxruntime();
      const { bytes: model } = emitOnnx(outputs, { kernels: kernelsOf(device) });
      const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
      const found = await session.run({
        x: new ort.Tensor('float32', values, [2, 3, 4]),
        levels: new ort.Tensor('uint8', bytes, [bytes.length]),
      });
      await session.release();
      for (const [at, name] of names.entries()) {
        const { data, shape } = expected[at]!;
        assert.deepEqual([...found[name]!.dims], shape);
        const got = found[name]!.data as Float32Array;
        data.forEach((value, i) => {
          assert.ok(
            Math.abs(got[i]! - value) <= 1e-5 * Math.max(1, Math.abs(value)),
            `${name} ${i}: ${got[i]}`,
          );
        });
      }
    });
  }
});
