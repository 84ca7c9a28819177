import { type Dim, showShape } from './dim';
import { type Node, type NodeOf, type OperationName, topologicalOrder } from './node';
import {
  add,
  concat,
  constant,
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
  scatterAdd,
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

const rules: { readonly [Op in OperationName]?: Rule<Op> } = {
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
    const count = node.attributes.axes.reduce((product, axis) => product * numberAt(x, axis), 1);
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
};

function fixed(dim: Dim): number {
  if (typeof dim !== 'number') throw new Error(`gradients need known shapes, found dimension ${dim}`);
  return dim;
}

const numberAt = (node: Node, axis: number) => fixed(node.shape[axis]!);

function zeros(shape: readonly number[]): Node {
  return expand(scalar(0), shape);
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

/** Parts of one node that users read: their gradients are joined into one, without a sum of zero-padded copies. */
interface Parts {
  readonly slices: { readonly node: NodeOf<'slice'>; readonly g: Node }[];
  readonly takes: { readonly node: NodeOf<'take'>; readonly g: Node }[];
}

/** Slices of one axis side by side; gaps are zeros, overlapping slices or other axes are summed. */
function gradientOfSlices(x: Node, slices: Parts['slices']): Node {
  const sorted = [...slices].sort((a, b) => fixed(a.node.attributes.start) - fixed(b.node.attributes.start));
  const groups: Parts['slices'][] = [];
  for (const item of sorted) {
    const { axis, start } = item.node.attributes;
    const fits = groups.find(group => {
      const last = group.at(-1)!.node.attributes;
      return last.axis === axis && fixed(last.start) + fixed(last.length) <= fixed(start);
    });
    if (fits === undefined) groups.push([item]);
    else fits.push(item);
  }
  return groups.map(group => sideBySide(x, group)).reduce(add);
}

function sideBySide(x: Node, slices: Parts['slices']): Node {
  const { axis } = slices[0]!.node.attributes;
  const parts: Node[] = [];
  let position = 0;
  const fill = (to: number) => {
    if (to > position) parts.push(zeros(x.shape.map((dim, i) => (i === axis ? to - position : fixed(dim)))));
  };
  for (const { node, g } of slices) {
    fill(fixed(node.attributes.start));
    parts.push(g);
    position = fixed(node.attributes.start) + fixed(node.attributes.length);
  }
  fill(numberAt(x, axis));
  return concat(parts, axis);
}

/**
 * The gradient of row r is the sum over all places that took it. Each row's first place is gathered, which is a
 * plain copy; only further places (words shared by several classes) are added by index.
 */
function gradientOfTakes(x: Node, takes: Parts['takes']): Node {
  const rows = numberAt(x, 0);
  const first = new Int32Array(rows).fill(-1);
  const laterRows: number[] = [];
  const laterPlaces: number[] = [];
  let place = 0;
  for (const { node } of takes) {
    const index = node.inputs[1]!;
    if (index.op !== 'constant') throw new Error('the gradient of take needs a constant index');
    for (const [i, row] of index.attributes.data.entries()) {
      if (!node.attributes.padding?.[i]) {
        if (first[row] === -1) first[row] = place;
        else {
          laterRows.push(row);
          laterPlaces.push(place);
        }
      }
      place++;
    }
  }
  const joined = takes.map(item => item.g);
  // Rows that nothing took have gradient zero: they point at one extra row of zeros.
  const untaken = first.includes(-1);
  if (untaken) joined.push(zeros([1, ...x.shape.slice(1).map(fixed)]));
  const g = concat(joined, 0);
  const ids = (values: readonly number[] | Int32Array) => constant(Int32Array.from(values), [values.length]);
  const gradient = take(g, ids(first.map(value => (value < 0 ? place : value))));
  if (laterRows.length === 0) return gradient;
  return scatterAdd(gradient, ids(laterRows), take(g, ids(laterPlaces)));
}

/**
 * Gradients of Σ ⟨output, cotangent⟩ with respect to `targets`, walking only the nodes between them.
 * @param seeds output node → its cotangent, of the same shape (for a scalar loss: `scalar(1)`)
 * @throws Error naming an operation that has no gradient rule, or a target that no output depends on
 */
export function gradients(seeds: ReadonlyMap<Node, Node>, targets: readonly Node[]): Map<Node, Node> {
  const order = topologicalOrder([...seeds.keys()]);
  const needed = new Set<Node>(targets);
  for (const node of order) if (node.inputs.some(child => needed.has(child))) needed.add(node);

  const found = new Map<Node, Node>(seeds);
  const parts = new Map<Node, Parts>();
  const accumulate = (node: Node, g: Node) => {
    const before = found.get(node);
    found.set(node, before === undefined ? g : add(before, g));
  };
  for (const node of [...order].reverse()) {
    if (!needed.has(node)) continue;
    const { slices, takes } = parts.get(node) ?? { slices: [], takes: [] };
    if (slices.length > 0) accumulate(node, gradientOfSlices(node, slices));
    if (takes.length > 0) accumulate(node, gradientOfTakes(node, takes));
    const g = found.get(node);
    if (g === undefined || !node.inputs.some(child => needed.has(child))) continue;
    if (node.op === 'slice' || node.op === 'take') {
      const x = node.inputs[0]!;
      const ofX = parts.get(x) ?? { slices: [], takes: [] };
      parts.set(x, ofX);
      if (node.op === 'slice') ofX.slices.push({ node, g });
      else ofX.takes.push({ node, g });
      continue;
    }
    const rule = rules[node.op] as Rule<OperationName> | undefined;
    if (rule === undefined) throw new Error(`no gradient rule for ${node.op} ${showShape(node.shape)}`);
    rule(node, g).forEach((part, i) => {
      const child = node.inputs[i]!;
      if (!needed.has(child)) return;
      if (part === null)
        throw new Error(`${node.op} is frozen in its input ${i}, but a gradient was asked for it`);
      accumulate(child, part);
    });
  }
  for (const target of targets) {
    if (!found.has(target)) throw new Error(`nothing depends on ${target.op} ${showShape(target.shape)}`);
  }
  return found;
}
