import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type RuledOperation, ruledOperations } from '../../../src/engine/graph/gradient-rules';
import { gradients } from '../../../src/engine/graph/gradients';
import { interpret, type Tensor, tensor } from '../../../src/engine/graph/interpret';
import type { Node } from '../../../src/engine/graph/node';
import {
  add,
  averagePool2d,
  concat,
  constant,
  conv2d,
  divide,
  erf,
  exp,
  expand,
  gelu,
  input,
  layerNorm,
  linear,
  logSoftmax,
  matmul,
  mean,
  multiply,
  relu,
  reshape,
  scatterAdd,
  sigmoid,
  silu,
  slice,
  softmax,
  sqrt,
  subtract,
  sum,
  take,
  transpose,
} from '../../../src/engine/graph/operations';

/** Draws what one case of an operation is made of; every draw is repeatable from fast-check's seed. */
interface Draw {
  /** An integer from `from` to `to`, both included. */
  whole(from: number, to: number): number;
  /** `rank` lengths of 1 to 4. */
  shape(rank: number): number[];
  /** An input to differentiate by, with values in [low, high]. */
  variable(shape: readonly number[], low?: number, high?: number): Node;
  /** A frozen tensor. */
  frozen(shape: readonly number[]): Node;
  indices(count: number, below: number): Node;
}

interface Case {
  readonly output: Node;
  /** Inputs for which the operation says that it has no gradient. */
  readonly refuses?: readonly Node[];
}

/** Operations that `gradients` differentiates for all readers of a node together, without a rule per reader. */
const JOINED = ['slice', 'take'] as const;
type Differentiable = RuledOperation | (typeof JOINED)[number];

const anyRank = (draw: Draw) => draw.shape(draw.whole(1, 4));

const elementwise =
  (op: (x: Node) => Node, low = -3, high = 3) =>
  (draw: Draw): Case => ({ output: op(draw.variable(anyRank(draw), low, high)) });

/** Two shapes that broadcast: leading axes left out of one, lengths of 1 in either. */
function broadcastPair(draw: Draw): [number[], number[]] {
  const whole = anyRank(draw);
  const thin = () => whole.map(length => (draw.whole(0, 3) === 0 ? 1 : length));
  const short = thin().slice(draw.whole(0, whole.length));
  return draw.whole(0, 1) === 0 ? [thin(), short] : [short, thin()];
}

const binary =
  (op: (a: Node, b: Node) => Node, low = -3, high = 3) =>
  (draw: Draw): Case => {
    const [a, b] = broadcastPair(draw);
    const left = draw.variable(a, low, high);
    return { output: op(left, draw.whole(0, 5) === 0 ? left : draw.variable(b, low, high)) };
  };

const reduction =
  (op: typeof sum) =>
  (draw: Draw): Case => {
    const shape = anyRank(draw);
    const axes = shape.map((_, axis) => axis).filter(() => draw.whole(0, 1) === 0);
    return { output: op(draw.variable(shape), axes, draw.whole(0, 1) === 0) };
  };

const cases: { readonly [Op in Differentiable]: (draw: Draw) => Case } = {
  add: binary(add),
  subtract: binary(subtract),
  multiply: binary(multiply),
  divide: binary(divide, 0.5, 2),
  sqrt: elementwise(sqrt, 0.5, 3),
  exp: elementwise(exp),
  sigmoid: elementwise(sigmoid),
  silu: elementwise(silu),
  erf: elementwise(erf),
  gelu: elementwise(gelu),
  softmax: elementwise(softmax),
  logSoftmax: elementwise(logSoftmax),
  layerNorm: draw => {
    const shape = [...draw.shape(draw.whole(0, 2)), draw.whole(2, 4)];
    const refuses = [draw.frozen(shape.slice(-1)), draw.frozen(shape.slice(-1))] as const;
    return { output: layerNorm(draw.variable(shape), ...refuses, 0.1), refuses };
  },
  matmul: draw => {
    const [m, k, n] = draw.shape(3) as [number, number, number];
    const leading = draw.shape(draw.whole(0, 2));
    const options = {
      transposeA: draw.whole(0, 1) === 1,
      transposeB: draw.whole(0, 1) === 1,
      scale: draw.whole(1, 3) / 2,
    };
    const a = draw.variable([...leading, ...(options.transposeA ? [k, m] : [m, k])]);
    const isGram = draw.whole(0, 5) === 0;
    if (isGram) return { output: matmul(a, a, { ...options, transposeB: !options.transposeA }) };
    return {
      output: matmul(a, draw.variable([...leading, ...(options.transposeB ? [n, k] : [k, n])]), options),
    };
  },
  linear: draw => {
    const [rows, inner, out] = draw.shape(3) as [number, number, number];
    const w = draw.frozen([out, inner]);
    const bias = draw.whole(0, 1) === 0 ? null : draw.frozen([out]);
    const options = { scale: draw.whole(1, 3) / 2, biasScale: draw.whole(1, 3) / 2 };
    return {
      output: linear(draw.variable([rows, inner]), w, bias, options),
      refuses: bias === null ? [w] : [w, bias],
    };
  },
  sum: reduction(sum),
  mean: reduction(mean),
  reshape: draw => {
    const shape = anyRank(draw);
    const size = shape.reduce((a, b) => a * b, 1);
    const divisors = shape.filter(length => size % length === 0);
    const first = divisors[draw.whole(0, divisors.length - 1)]!;
    return { output: reshape(draw.variable(shape), [first, 1, size / first]) };
  },
  transpose: draw => {
    const shape = anyRank(draw);
    const left = shape.map((_, axis) => axis);
    const permutation = shape.map(() => left.splice(draw.whole(0, left.length - 1), 1)[0]!);
    return { output: transpose(draw.variable(shape), permutation) };
  },
  expand: draw => {
    const to = [draw.whole(2, 4), ...anyRank(draw)];
    const from = to.slice(draw.whole(0, 2)).map(length => (draw.whole(0, 1) === 0 ? 1 : length));
    return { output: expand(draw.variable(from), to) };
  },
  concat: draw => {
    const shape = anyRank(draw);
    const axis = draw.whole(0, shape.length - 1);
    const parts = Array.from({ length: draw.whole(2, 4) }, () =>
      draw.variable(shape.map((length, i) => (i === axis ? draw.whole(1, 3) : length))),
    );
    return { output: concat(draw.whole(0, 2) === 0 ? [...parts, parts[0]!] : parts, axis) };
  },
  scatterAdd: draw => {
    const [rows, count, ...rest] = [draw.whole(1, 4), draw.whole(1, 6), ...draw.shape(draw.whole(0, 2))];
    const base = draw.variable([rows!, ...rest]);
    const updates = draw.variable([count!, ...rest]);
    return { output: scatterAdd(base, draw.indices(count!, rows!), updates) };
  },
  // Several readers of one node: side by side, with gaps, overlapping, on different axes, and beside a plain reader.
  slice: draw => {
    const shape = anyRank(draw).map(length => length + 1);
    const x = draw.variable(shape);
    const readers = Array.from({ length: draw.whole(1, 4) }, () => {
      const axis = draw.whole(0, shape.length - 1);
      const start = draw.whole(0, shape[axis]! - 1);
      return slice(x, axis, start, draw.whole(1, shape[axis]! - start));
    });
    return { output: joined(draw, x, readers) };
  },
  // Rows taken once, several times, never, the first ones equally often; by several readers; by an index of two axes;
  // rows of padding, which nobody reads further.
  take: draw => {
    const [rows, ...rest] = draw.shape(draw.whole(1, 3));
    const x = draw.variable([rows!, ...rest]);
    const readers = Array.from({ length: draw.whole(1, 3) }, () => {
      if (draw.whole(0, 2) === 0) {
        const [times, first] = [draw.whole(3, 4), draw.whole(1, rows!)];
        const index = Int32Array.from({ length: times * first }, (_, i) => i % first);
        return take(x, constant(index, [times, first]));
      }
      const count = draw.whole(1, 6);
      const padding =
        draw.whole(0, 1) === 0 ? null : Uint8Array.from({ length: count }, () => draw.whole(0, 1));
      const taken = take(x, draw.indices(count, rows!), padding);
      if (taken === x || padding === null) return taken;
      const isUsed = constant(
        Float64Array.from(padding, value => 1 - value),
        [count, ...rest.map(() => 1)],
      );
      return multiply(taken, isUsed);
    });
    return { output: joined(draw, x, readers) };
  },
};

/** One vector of what all readers saw, each value weighed by itself later. */
function joined(draw: Draw, x: Node, readers: readonly Node[]): Node {
  const all = draw.whole(0, 2) === 0 ? [...readers, x] : readers;
  const flat = all.map(node => reshape(node, [node.shape.reduce<number>((n, dim) => n * Number(dim), 1)]));
  return concat(flat, 0);
}

/** Fourth-order central difference of a function of one number: error of order step⁴ and of rounding / step. */
function slope(at: number, f: (value: number) => number): number {
  const step = 1e-3;
  const pair = (width: number) => f(at + width) - f(at - width);
  return (8 * pair(step) - pair(2 * step)) / (12 * step);
}

/** Measured: at most 7e-11 over 500 draws of each operation. */
const TOLERANCE = 1e-9;

const values = (g: fc.GeneratorValue, length: number, low: number, high: number) =>
  Float64Array.from(
    g(fc.array, fc.double({ min: low, max: high, noNaN: true, noDefaultInfinity: true }), {
      minLength: length,
      maxLength: length,
    }),
  );

function drawFrom(g: fc.GeneratorValue) {
  const feeds: Record<string, Tensor> = {};
  const variables: Node[] = [];
  const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  const draw: Draw = {
    whole: (min, max) => g(fc.integer, { min, max }),
    shape: rank => Array.from({ length: rank }, () => g(fc.integer, { min: 1, max: 4 })),
    variable: (shape, low = -2, high = 2) => {
      const name = `x${variables.length}`;
      feeds[name] = tensor(values(g, size(shape), low, high), shape);
      const node = input(name, shape);
      variables.push(node);
      return node;
    },
    frozen: shape => constant(values(g, size(shape), -2, 2), shape),
    indices: (count, below) =>
      constant(
        Int32Array.from({ length: count }, () => g(fc.integer, { min: 0, max: below - 1 })),
        [count],
      ),
  };
  return { draw, feeds, variables };
}

function check(g: fc.GeneratorValue, build: (draw: Draw) => Case): void {
  const { draw, feeds, variables } = drawFrom(g);
  const { output, refuses = [] } = build(draw);
  const shape = output.shape.map(Number);
  const cotangent = draw.frozen(shape);
  const lossNode = sum(
    multiply(output, cotangent),
    shape.map((_, axis) => axis),
  );
  const loss = (fed: Record<string, Tensor>) => interpret([lossNode], fed)[0]!.data[0]!;

  const found = gradients(new Map([[output, cotangent]]), variables);
  const all = interpret(
    variables.map(node => found.get(node)!),
    feeds,
  );
  variables.forEach((variable, i) => {
    assert.deepEqual(found.get(variable)!.shape, variable.shape);
    const name = `x${i}`;
    const fed = feeds[name]!;
    all[i]!.data.forEach((analytic, at) => {
      const numeric = slope(fed.data[at]!, value =>
        loss({ ...feeds, [name]: tensor(fed.data.with(at, value), fed.shape) }),
      );
      assert.ok(
        Math.abs(analytic - numeric) <= TOLERANCE * Math.max(1, Math.abs(numeric)),
        `input ${i} of shape [${fed.shape}], element ${at}: rule ${analytic}, finite difference ${numeric}`,
      );
    });
  });
  for (const node of refuses)
    assert.throws(() => gradients(new Map([[output, cotangent]]), [node]), /is frozen in its input/);
}

describe('the gradient table, against finite differences in float64', () => {
  it('has a case here for every operation that has a gradient', () => {
    assert.deepEqual(Object.keys(cases).sort(), [...ruledOperations, ...JOINED].sort());
  });

  for (const [op, build] of Object.entries(cases)) {
    it(op, () => {
      fc.assert(
        fc.property(fc.gen(), g => check(g, build)),
        // Shapes and values are small as they are; shrinking them takes minutes.
        { numRuns: 50, endOnFailure: true },
      );
    });
  }

  it('refuses by name what has no rule', () => {
    const x = input('x', [1, 2, 2, 2]);
    for (const node of [relu(x), conv2d(x, input('w', [1, 2, 1, 1]), null), averagePool2d(x, 2)])
      assert.throws(() => gradients(new Map([[node, node]]), [x]), {
        message: new RegExp(`^no gradient rule for ${node.op} \\[`),
      });
  });

  it('says what nothing depends on', () => {
    const x = input('x', [2]);
    const other = input('other', [3]);
    assert.throws(() => gradients(new Map([[exp(x), x]]), [other]), /nothing depends on input \[3\]/);
  });
});
