import assert from 'node:assert/strict';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import * as tf from '@tensorflow/tfjs-core';
import { interpret, tensor } from '../../../src/engine/graph/interpret';
import { averagePool2d, conv2d, input } from '../../../src/engine/graph/operations';
import { runTensorFlow } from '../../../src/engine/graph/run-tensorflow';
import { createTensorFlowSession, tensorFlow } from '../../../src/engine/runtime/tensorflow-session';
import {
  BATCH,
  data,
  dense,
  denseGraph,
  IMAGE,
  type Layout,
  model,
  packedGraph,
  relativeDistance,
} from '../support/layout-case';

const LAYOUTS: readonly Layout[] = [
  { pieces: ['shared', 'name'], names: [[1, 2], [1, 2, 3], [4], [5, 6]] },
  { pieces: ['name', 'csc'], names: [[1, 2], [3]] },
  { pieces: [20, 'shared', 'name', 'csc', 21], names: [[1, 2], [1, 2, 3], [4], [1, 2]] },
  { pieces: ['fixed', 'csc', 'name', 'shared', 22], names: [[1], [1, 2], [6, 5, 4]] },
];

/** Float32 against float64, twelve products deep: measured 3e-7 to 4e-6. */
const TOLERANCE = 3e-5;

function feedsOf(layout: Layout) {
  const { vectors, context, images, labels } = data(layout);
  return {
    context: tf.tensor(Float32Array.from(context), [vectors, model.width]),
    images: tf.tensor(Float32Array.from(images), [BATCH, IMAGE]),
    labels: tf.tensor(Int32Array.from(labels), [BATCH], 'int32'),
  };
}

describe('TensorFlow.js', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  for (const layout of LAYOUTS) {
    const name = layout.pieces.join(' ');
    it(`differentiates the dense tower by itself to the gradient of our table: ${name}`, () => {
      const { context, ...rest } = feedsOf(layout);
      const { loss } = denseGraph(layout);
      const lossOf = (x: tf.Tensor) => runTensorFlow(tf, [loss], { context: x, ...rest })[0]! as tf.Scalar;
      const { value, grad } = tf.valueAndGrad(lossOf)(context);
      const expected = dense(layout);
      assert.ok(Math.abs(value.dataSync()[0]! - expected.loss) <= TOLERANCE * Math.abs(expected.loss));
      assert.ok(relativeDistance(grad.dataSync(), expected.gradient) <= TOLERANCE);
    });

    it(`runs the packed step as the interpreter does: ${name}`, () => {
      const { loss, gradient, features } = packedGraph(layout);
      const [l, g, f] = runTensorFlow(tf, [loss, gradient, features], feedsOf(layout));
      const expected = dense(layout);
      assert.ok(Math.abs(l!.dataSync()[0]! - expected.loss) <= TOLERANCE * Math.abs(expected.loss));
      assert.ok(relativeDistance(g!.dataSync(), expected.gradient) <= TOLERANCE);
      assert.ok(relativeDistance(f!.dataSync(), expected.features) <= TOLERANCE);
    });
  }

  it('is a session of the product, on the backend that is there', async () => {
    const layout = LAYOUTS[2]!;
    const { loss, gradient } = packedGraph(layout);
    const session = await createTensorFlowSession(tf, { loss, gradient });
    const { vectors, context, images, labels } = data(layout);
    const before = tf.memory().numTensors;
    const result = await session.run({
      context: { data: Float32Array.from(context), shape: [vectors, model.width] },
      images: { data: Float32Array.from(images), shape: [BATCH, IMAGE] },
      labels: { data: Int32Array.from(labels), shape: [BATCH] },
    });
    assert.equal(tf.memory().numTensors, before);
    await session.release();
    const expected = dense(layout);
    assert.ok(relativeDistance(result.gradient.data, expected.gradient) <= TOLERANCE);
    assert.deepEqual(result.gradient.shape, [vectors, model.width]);
  });

  it('takes the GPU’s module, else the CPU’s, and says what to install where there is neither', () => {
    const only = (installed: string) => (name: string) => {
      if (name === installed) return tf;
      throw new Error(`Cannot find module '${name}'`);
    };
    assert.equal(tensorFlow(only('@tensorflow/tfjs-node-gpu')), tf);
    assert.equal(tensorFlow(only('@tensorflow/tfjs-node')), tf);
    assert.throws(() => tensorFlow(only('none')), {
      code: 'device.unavailable',
      message: /Cannot find module '@tensorflow\/tfjs-node-gpu'/,
    });
  });

  it('runs the operations of image towers as the interpreter does', () => {
    const x = input('x', [2, 3, 8, 8]);
    const w = input('w', [4, 3, 3, 3]);
    const bias = input('bias', [4]);
    const output = averagePool2d(conv2d(x, w, bias, { padding: 1 }), 2);
    const values = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.3));
    const shapes = { x: [2, 3, 8, 8], w: [4, 3, 3, 3], bias: [4] };
    const sizes = Object.entries(shapes).map(
      ([name, shape]) => [name, shape, values(shape.reduce((a, b) => a * b, 1))] as const,
    );
    const [found] = runTensorFlow(
      tf,
      [output],
      Object.fromEntries(sizes.map(([name, shape, all]) => [name, tf.tensor(all, shape)])),
    );
    const [expected] = interpret(
      [output],
      Object.fromEntries(sizes.map(([name, shape, all]) => [name, tensor(all, shape)])),
    );
    assert.deepEqual(found!.shape, expected!.shape);
    assert.ok(relativeDistance(found!.dataSync(), expected!.data) <= TOLERANCE);
  });
});
