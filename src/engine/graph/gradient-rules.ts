import { fixedDim, sameShape, showShape } from './dim';
import type { Node, NodeOf, OperationName } from './node';
import {
  add,
  divide,
  erf,
  exp,
  expand,
  layerNormStatistics,
  matmul,
  mean,
  multiply,
  reshape,
  scalar,
  scale,
  sigmoid,
  softmax,
  split,
  subtract,
  sum,
  take,
  transpose,
} from './operations';

/**
 * How the gradient of each operation is built, from nodes of the same graph: given the node and the gradient of the
 * result with respect to the node's value, one gradient per input (null: that input never needs one). Gradients as
 * data, not closures, so that the backward pass is emitted like any other graph.
 */
type Rule<Op extends OperationName> = (node: NodeOf<Op>, g: Node) => readonly (Node | null)[];

const rules = {
  add: (node, g) => node.inputs.map(x => sumTo(g, x)),
  subtract: (node, g) => [sumTo(g, node.inputs[0]!), sumTo(scale(g, -1), node.inputs[1]!)],
  multiply: ({ inputs: [a, b] }, g) => [sumTo(multiply(g, b!), a!), sumTo(multiply(g, a!), b!)],
  divide: (node, g) => {
    const [a, b] = node.inputs;
    const overB = divide(g, b!);
    return [sumTo(overB, a!), sumTo(scale(multiply(overB, node), -1), b!)];
  },
  sqrt: (node, g) => [divide(scale(g, 0.5), node)],
  exp: (node, g) => [multiply(g, node)],
  sigmoid: (node, g) => [multiply(g, multiply(node, subtract(scalar(1), node)))],
  // d/dx xσ = σ + xσ(1−σ)
  silu: (node, g) => {
    const s = sigmoid(node.inputs[0]!);
    return [multiply(g, add(s, multiply(node, subtract(scalar(1), s))))];
  },
  erf: (node, g) => {
    const x = node.inputs[0]!;
    return [multiply(g, scale(exp(scale(multiply(x, x), -1)), 2 / Math.sqrt(Math.PI)))];
  },
  // d/dx xΦ = Φ + xφ
  gelu: (node, g) => {
    const x = node.inputs[0]!;
    const cumulative = scale(add(erf(scale(x, Math.SQRT1_2)), scalar(1)), 0.5);
    const density = scale(exp(scale(multiply(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [multiply(g, add(cumulative, multiply(x, density)))];
  },
  softmax: (node, g) => [multiply(node, subtract(g, sum(multiply(g, node), [-1], true)))],
  logSoftmax: (node, g) => [subtract(g, multiply(softmax(node.inputs[0]!), sum(g, [-1], true)))],
  // gamma and beta are frozen in prompt learning, so only x has a rule
  layerNorm: (node, g) => {
    const [x, gamma] = node.inputs;
    const { mean: average, inverseStd } = layerNormStatistics(x!, node.attributes.epsilon);
    const normalised = multiply(subtract(x!, average), inverseStd);
    const inner = multiply(g, gamma!);
    const centred = subtract(inner, mean(inner, [-1], true));
    const along = multiply(normalised, mean(multiply(inner, normalised), [-1], true));
    return [multiply(subtract(centred, along), inverseStd), null, null];
  },
  matmul: (node, g) => {
    const [a, b] = node.inputs;
    const { transposeA, transposeB, scale: factor } = node.attributes;
    const gradientA = transposeA
      ? matmul(b!, g, { transposeA: transposeB, transposeB: true, scale: factor })
      : matmul(g, b!, { transposeB: !transposeB, scale: factor });
    const gradientB = transposeB
      ? matmul(g, a!, { transposeA: true, transposeB: transposeA, scale: factor })
      : matmul(a!, g, { transposeA: !transposeA, scale: factor });
    return [gradientA, gradientB];
  },
  // weights and bias are frozen
  linear: (node, g) => [
    matmul(g, node.inputs[1]!, { scale: node.attributes.scale }),
    ...node.inputs.slice(1).map(() => null),
  ],
  sum: (node, g) => [spread(node.inputs[0]!, node.attributes, g)],
  mean: (node, g) => {
    const x = node.inputs[0]!;
    const count = node.attributes.axes.reduce((product, axis) => product * fixedDim(x.shape[axis]!), 1);
    return [scale(spread(x, node.attributes, g), 1 / count)];
  },
  reshape: (node, g) => [reshape(g, node.inputs[0]!.shape)],
  transpose: (node, g) => {
    const inverse: number[] = [];
    node.attributes.permutation.forEach((from, to) => {
      inverse[from] = to;
    });
    return [transpose(g, inverse)];
  },
  expand: (node, g) => [sumTo(g, node.inputs[0]!)],
  concat: (node, g) => {
    const { axis } = node.attributes;
    return split(
      g,
      axis,
      node.inputs.map(part => part.shape[axis]!),
    );
  },
  scatterAdd: (node, g) => [g, null, take(g, node.inputs[1]!)],
} satisfies { readonly [Op in OperationName]?: Rule<Op> };

/** Operations with a rule. */
export type RuledOperation = keyof typeof rules;
export const ruledOperations = Object.keys(rules) as readonly RuledOperation[];

const isRuled = (op: OperationName): op is RuledOperation => Object.hasOwn(rules, op);

/**
 * One gradient per input of `node`, of the input's shape; null for an input that never needs one.
 * @param g gradient of the result with respect to the node's value, of its shape
 * @throws Error naming an operation that has no rule, or a rule that does not fit its operation
 */
export function inputGradients(node: Node, g: Node): readonly (Node | null)[] {
  if (!isRuled(node.op)) throw new Error(`no gradient rule for ${node.op} ${showShape(node.shape)}`);
  const found = (rules[node.op] as Rule<OperationName>)(node, g);
  if (found.length !== node.inputs.length)
    throw new Error(
      `the rule of ${node.op} gives ${found.length} gradients for ${node.inputs.length} inputs`,
    );
  found.forEach((part, i) => {
    const { shape } = node.inputs[i]!;
    if (part !== null && !sameShape(part.shape, shape))
      throw new Error(
        `the rule of ${node.op} gives a gradient of shape ${showShape(part.shape)} for input ${i} of shape ${showShape(shape)}`,
      );
  });
  return found;
}

/** Sums a broadcast gradient back to the shape of the input it belongs to. */
function sumTo(g: Node, x: Node): Node {
  const extra = g.shape.length - x.shape.length;
  const axes = g.shape
    .map((_, axis) => axis)
    .filter(axis => axis < extra || (x.shape[axis - extra] === 1 && g.shape[axis] !== 1));
  return axes.length === 0 ? g : reshape(sum(g, axes, true), x.shape);
}

function spread(x: Node, { axes, keep }: { axes: readonly number[]; keep: boolean }, g: Node): Node {
  const kept = keep
    ? g
    : reshape(
        g,
        x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
      );
  return expand(kept, x.shape);
}
