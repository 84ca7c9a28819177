import type * as TensorFlow from '@tensorflow/tfjs-core';
import { evaluateDim } from './dim';
import { bindSymbols } from './interpret';
import { type Node, type NodeOf, type OperationName, topologicalOrder } from './node';

type Tf = typeof TensorFlow;
type Value = TensorFlow.Tensor;

interface Call<Op extends OperationName> {
  readonly tf: Tf;
  readonly node: NodeOf<Op>;
  readonly inputs: readonly Value[];
  readonly shape: number[];
  readonly symbols: ReadonlyMap<string, number>;
}

type Run<Op extends OperationName> = (call: Call<Op>) => Value;

/**
 * Executes a graph with TensorFlow.js, on whatever backend is set: the third executor beside the interpreter and
 * onnxruntime. Every operation is one that TensorFlow.js can differentiate by itself, so that its automatic gradients
 * can be held against the table in gradients.ts.
 * @param feeds values of the graph's inputs by name; int64 inputs as int32 tensors
 * @param given values of weight nodes
 * @throws Error when an input or a weight is missing or has another shape
 */
export function runTensorFlow(
  tf: Tf,
  outputs: readonly Node[],
  feeds: Readonly<Record<string, Value>>,
  given: ReadonlyMap<Node, Value> = new Map(),
): Value[] {
  const order = topologicalOrder(outputs);
  const symbols = bindSymbols(order, feeds);
  const values = new Map<Node, Value>(given);
  for (const node of order) {
    if (values.has(node)) continue;
    if (node.op === 'weight') throw new Error(`weight in ${node.attributes.ref.file} was not loaded`);
    if (node.op === 'input') {
      values.set(node, feeds[node.attributes.name]!);
      continue;
    }
    const shape = node.shape.map(dim => evaluateDim(dim, symbols));
    const inputs = node.inputs.map(child => values.get(child)!);
    values.set(node, (OPERATIONS[node.op] as Run<OperationName>)({ tf, node, inputs, shape, symbols }));
  }
  return outputs.map(output => values.get(output)!);
}

const OPERATIONS: { readonly [Op in Exclude<OperationName, 'input' | 'weight'>]: Run<Op> } = {
  constant: ({ tf, node, shape }) => {
    const { data } = node.attributes;
    return data instanceof Int32Array
      ? tf.tensor(data, shape, 'int32')
      : tf.tensor(Float32Array.from(data), shape, 'float32');
  },
  toFloat: ({ tf, inputs: [x] }) => tf.cast(x!, 'float32'),
  add: ({ tf, inputs: [a, b] }) => tf.add(a!, b!),
  subtract: ({ tf, inputs: [a, b] }) => tf.sub(a!, b!),
  multiply: ({ tf, inputs: [a, b] }) => tf.mul(a!, b!),
  divide: ({ tf, inputs: [a, b] }) => tf.div(a!, b!),
  sqrt: ({ tf, inputs: [x] }) => tf.sqrt(x!),
  exp: ({ tf, inputs: [x] }) => tf.exp(x!),
  erf: ({ tf, inputs: [x] }) => tf.erf(x!),
  relu: ({ tf, inputs: [x] }) => tf.relu(x!),
  sigmoid: ({ tf, inputs: [x] }) => tf.sigmoid(x!),
  silu: ({ tf, inputs: [x] }) => tf.mul(x!, tf.sigmoid(x!)),
  gelu: ({ tf, inputs: [x] }) => tf.mul(tf.mul(x!, 0.5), tf.add(tf.erf(tf.mul(x!, Math.SQRT1_2)), 1)),
  softmax: ({ tf, inputs: [x] }) => tf.softmax(x!),
  logSoftmax: ({ tf, inputs: [x] }) => tf.logSoftmax(x!),
  layerNorm: ({ tf, node, inputs: [x, gamma, beta] }) => {
    const { mean, inverseStd } = statistics(tf, x!, node.attributes.epsilon);
    return tf.add(tf.mul(tf.mul(tf.sub(x!, mean), inverseStd), gamma!), beta!);
  },
  layerNormMean: ({ tf, node, inputs: [x], shape }) =>
    tf.reshape(statistics(tf, x!, node.attributes.epsilon).mean, shape),
  layerNormInverseStd: ({ tf, node, inputs: [x], shape }) =>
    tf.reshape(statistics(tf, x!, node.attributes.epsilon).inverseStd, shape),
  matmul: ({ tf, node, inputs: [a, b] }) => {
    const { transposeA, transposeB, scale } = node.attributes;
    return scaled(tf, tf.matMul(a!, b!, transposeA, transposeB), scale);
  },
  linear: ({ tf, node, inputs: [x, w, bias] }) => {
    const { scale, biasScale } = node.attributes;
    const product = scaled(tf, tf.matMul(x!, w!, false, true), scale);
    return bias === undefined ? product : tf.add(product, scaled(tf, bias, biasScale));
  },
  sum: ({ tf, node, inputs: [x] }) => tf.sum(x!, [...node.attributes.axes], node.attributes.keep),
  mean: ({ tf, node, inputs: [x] }) => tf.mean(x!, [...node.attributes.axes], node.attributes.keep),
  reshape: ({ tf, inputs: [x], shape }) => tf.reshape(x!, shape),
  transpose: ({ tf, node, inputs: [x] }) => tf.transpose(x!, [...node.attributes.permutation]),
  expand: ({ tf, inputs: [x], shape }) => tf.broadcastTo(x!, shape),
  concat: ({ tf, node, inputs }) => tf.concat([...inputs], node.attributes.axis),
  slice: ({ tf, node, inputs: [x], shape, symbols }) => {
    const begin = shape.map(() => 0);
    begin[node.attributes.axis] = evaluateDim(node.attributes.start, symbols);
    return tf.slice(x!, begin, shape);
  },
  take: ({ tf, inputs: [x, index] }) => tf.gather(x!, tf.cast(index!, 'int32')),
  scatterAdd: ({ tf, inputs: [base, index, updates] }) =>
    tf.add(
      base!,
      tf.unsortedSegmentSum(updates!, tf.cast(index!, 'int32') as TensorFlow.Tensor1D, base!.shape[0]!),
    ),
  oneHot: ({ tf, inputs: [index], shape }) =>
    tf.cast(tf.oneHot(tf.cast(index!, 'int32'), shape.at(-1)!), 'float32'),
  conv2d: ({ tf, node, inputs: [x, w, bias] }) => {
    const { stride, padding } = node.attributes;
    const channelsLast = tf.transpose(x!, [0, 2, 3, 1]) as TensorFlow.Tensor4D;
    const kernel = tf.transpose(w!, [2, 3, 1, 0]) as TensorFlow.Tensor4D;
    const result = tf.conv2d(channelsLast, kernel, stride, padding);
    return tf.transpose(bias === undefined ? result : tf.add(result, bias), [0, 3, 1, 2]);
  },
  averagePool2d: ({ tf, node, inputs: [x] }) => {
    const { size } = node.attributes;
    const channelsLast = tf.transpose(x!, [0, 2, 3, 1]) as TensorFlow.Tensor4D;
    return tf.transpose(tf.avgPool(channelsLast, size, size, 'valid'), [0, 3, 1, 2]);
  },
};

const scaled = (tf: Tf, x: Value, factor: number) => (factor === 1 ? x : tf.mul(x, factor));

/** Of rows, the last axis kept. */
function statistics(tf: Tf, x: Value, epsilon: number): { mean: Value; inverseStd: Value } {
  const mean = tf.mean(x, -1, true);
  const variance = tf.mean(tf.square(tf.sub(x, mean)), -1, true);
  return { mean, inverseStd: tf.rsqrt(tf.add(variance, epsilon)) };
}
