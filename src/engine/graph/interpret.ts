import { evaluateDim, isSymbol, showShape } from './dim';
import { errorFunction } from './error-function';
import { type Node, type NodeOf, type OperationName, topologicalOrder } from './node';

/** A value of the interpreter: row-major float64, whatever the node's dtype. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function tensor(data: ArrayLike<number>, shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  if (data.length !== size) throw new Error(`${data.length} values for shape ${showShape(shape)}`);
  return { shape, data: Float64Array.from(data) };
}

type Run<Op extends OperationName> = (
  node: NodeOf<Op>,
  inputs: readonly Tensor[],
  shape: readonly number[],
  symbols: ReadonlyMap<string, number>,
) => Float64Array;

/** A helper that serves several operations and does not read their attributes. */
type Plain = (node: Node, inputs: readonly Tensor[], shape: readonly number[]) => Float64Array;

/**
 * Executes a graph in float64, plainly and obviously: the oracle that the emitted graphs are tested against.
 * @param feeds values of the graph's inputs by name
 * @param given values of weight nodes (see load-weights.ts), and of any other node that is not to be computed
 * @throws Error when an input or weight is missing or has another shape
 */
export function interpret(
  outputs: readonly Node[],
  feeds: Readonly<Record<string, Tensor>>,
  given: ReadonlyMap<Node, Tensor> = new Map(),
): Tensor[] {
  const order = topologicalOrder(outputs);
  const symbols = bindSymbols(order, feeds);
  const values = new Map<Node, Tensor>();
  for (const node of order) {
    const shape = node.shape.map(dim => evaluateDim(dim, symbols));
    const known = given.get(node);
    if (known !== undefined) {
      values.set(node, known);
      continue;
    }
    if (node.op === 'weight') throw new Error(`weight in ${node.attributes.ref.file} was not loaded`);
    if (node.op === 'input') {
      values.set(node, feeds[node.attributes.name]!);
      continue;
    }
    const run = operations[node.op] as Run<OperationName>;
    const data = run(
      node,
      node.inputs.map(child => values.get(child)!),
      shape,
      symbols,
    );
    values.set(node, { shape, data });
  }
  return outputs.map(output => values.get(output)!);
}

/**
 * Sizes of the symbols in the inputs' shapes.
 * @throws Error when an input is missing or has another shape
 */
export function bindSymbols(
  order: readonly Node[],
  feeds: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): Map<string, number> {
  const symbols = new Map<string, number>();
  for (const node of order) {
    if (node.op !== 'input') continue;
    const { name } = node.attributes;
    const fed = feeds[name];
    if (fed === undefined) throw new Error(`input ${name} was not given`);
    const wrong = () =>
      new Error(`input ${name}: shape ${showShape(fed.shape)}, expected ${showShape(node.shape)}`);
    if (fed.shape.length !== node.shape.length) throw wrong();
    node.shape.forEach((dim, axis) => {
      const size = fed.shape[axis]!;
      if (isSymbol(dim) && !symbols.has(dim)) symbols.set(dim, size);
      const expected = isSymbol(dim) ? symbols.get(dim) : dim;
      // Expressions such as C*S are checked by the operations that read the input.
      if (typeof expected === 'number' && expected !== size) throw wrong();
    });
  }
  return symbols;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** Calls `visit(outputOffset, offsets in each operand)` for a walk of `shape` with the operands' strides. */
function walk(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (at: number, offsets: number[]) => void,
): void {
  const size = sizeOf(shape);
  const index = new Array<number>(shape.length).fill(0);
  const offsets = new Array<number>(strides.length).fill(0);
  for (let at = 0; at < size; at++) {
    visit(at, offsets);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      for (let k = 0; k < strides.length; k++) offsets[k]! += strides[k]![axis]!;
      if (index[axis]! < shape[axis]!) break;
      for (let k = 0; k < strides.length; k++) offsets[k]! -= strides[k]![axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/** Strides of `from` when broadcast to `to`: repeated axes stand still. */
function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(from);
  const missing = to.length - from.length;
  return to.map((_, axis) => (axis < missing || from[axis - missing] === 1 ? 0 : own[axis - missing]!));
}

function binary(compute: (a: number, b: number) => number): Plain {
  return (_, [a, b], shape) => {
    const out = new Float64Array(sizeOf(shape));
    walk(shape, [broadcastStrides(a!.shape, shape), broadcastStrides(b!.shape, shape)], (at, [i, j]) => {
      out[at] = compute(a!.data[i!]!, b!.data[j!]!);
    });
    return out;
  };
}

function unary(compute: (x: number) => number): Plain {
  return (_, [x]) => x!.data.map(compute);
}

/** Applies `compute` to each row of the last axis in place. */
function rowwise(compute: (row: Float64Array) => void): Plain {
  return (_, [x]) => {
    const out = x!.data.slice();
    const width = x!.shape.at(-1)!;
    for (let at = 0; at < out.length; at += width) compute(out.subarray(at, at + width));
    return out;
  };
}

/** Writes log Σ exp-normalised values; `softmax` exponentiates them. */
function logSoftmaxRow(row: Float64Array): void {
  const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
  row.forEach((value, i) => {
    row[i] = value - top - total;
  });
}

function rowStatistics(row: Float64Array, epsilon: number): { mean: number; inverseStd: number } {
  const average = row.reduce((a, b) => a + b, 0) / row.length;
  const variance = row.reduce((a, b) => a + (b - average) ** 2, 0) / row.length;
  return { mean: average, inverseStd: 1 / Math.sqrt(variance + epsilon) };
}

function statistic(key: 'mean' | 'inverseStd', x: Tensor, epsilon: number): Float64Array {
  const width = x.shape.at(-1)!;
  const out = new Float64Array(x.data.length / width);
  for (let row = 0; row < out.length; row++) {
    out[row] = rowStatistics(x.data.subarray(row * width, (row + 1) * width), epsilon)[key];
  }
  return out;
}

function reduction(average: boolean) {
  return (node: NodeOf<'sum' | 'mean'>, [x]: readonly Tensor[], shape: readonly number[]): Float64Array => {
    const out = new Float64Array(sizeOf(shape));
    const { axes } = node.attributes;
    const kept = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const count = average ? sizeOf(axes.map(axis => x!.shape[axis]!)) : 1;
    walk(x!.shape, [broadcastStrides(kept, x!.shape)], (at, [to]) => {
      out[to!]! += x!.data[at]! / count;
    });
    return out;
  };
}

/** out [m, n] += scale · a b with the given strides. */
function multiplyMatrices(
  a: { data: Float64Array; offset: number; row: number; column: number },
  b: { data: Float64Array; offset: number; row: number; column: number },
  [m, k, n]: readonly [number, number, number],
  factor: number,
  out: Float64Array,
): void {
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const left = factor * a.data[a.offset + i * a.row + p * a.column]!;
      if (left === 0) continue;
      for (let j = 0; j < n; j++) out[i * n + j]! += left * b.data[b.offset + p * b.row + j * b.column]!;
    }
  }
}

const operations: { readonly [Op in Exclude<OperationName, 'input' | 'weight'>]: Run<Op> } = {
  constant: node => Float64Array.from(node.attributes.data),
  toFloat: (_, [x]) => x!.data,
  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  multiply: binary((a, b) => a * b),
  divide: binary((a, b) => a / b),
  sqrt: unary(Math.sqrt),
  exp: unary(Math.exp),
  erf: unary(errorFunction),
  relu: unary(x => Math.max(0, x)),
  sigmoid: unary(x => 1 / (1 + Math.exp(-x))),
  silu: unary(x => x / (1 + Math.exp(-x))),
  gelu: unary(x => 0.5 * x * (1 + errorFunction(x * Math.SQRT1_2))),
  logSoftmax: rowwise(logSoftmaxRow),
  softmax: rowwise(row => {
    logSoftmaxRow(row);
    row.forEach((value, i) => {
      row[i] = Math.exp(value);
    });
  }),
  layerNorm: (node, [x, gamma, beta]) => {
    const width = x!.shape.at(-1)!;
    const out = new Float64Array(x!.data.length);
    for (let at = 0; at < out.length; at += width) {
      const row = x!.data.subarray(at, at + width);
      const { mean, inverseStd } = rowStatistics(row, node.attributes.epsilon);
      for (let i = 0; i < width; i++)
        out[at + i] = (row[i]! - mean) * inverseStd * gamma!.data[i]! + beta!.data[i]!;
    }
    return out;
  },
  layerNormMean: (node, [x]) => statistic('mean', x!, node.attributes.epsilon),
  layerNormInverseStd: (node, [x]) => statistic('inverseStd', x!, node.attributes.epsilon),
  matmul: (node, [a, b], shape) => {
    const { transposeA, transposeB, scale } = node.attributes;
    const [rowsA, columnsA] = a!.shape.slice(-2) as [number, number];
    const [rowsB, columnsB] = b!.shape.slice(-2) as [number, number];
    const [m, n] = shape.slice(-2) as [number, number];
    const k = transposeA ? rowsA : columnsA;
    const out = new Float64Array(sizeOf(shape));
    for (let batch = 0; batch * m * n < out.length; batch++) {
      const offsetA = batch * rowsA * columnsA;
      const offsetB = batch * rowsB * columnsB;
      multiplyMatrices(
        { data: a!.data, offset: offsetA, row: transposeA ? 1 : columnsA, column: transposeA ? columnsA : 1 },
        { data: b!.data, offset: offsetB, row: transposeB ? 1 : columnsB, column: transposeB ? columnsB : 1 },
        [m, k, n],
        scale,
        out.subarray(batch * m * n, (batch + 1) * m * n),
      );
    }
    return out;
  },
  linear: (node, [x, w, bias], shape) => {
    const [rows, width] = shape as [number, number];
    const inner = x!.shape[1]!;
    const { scale, biasScale } = node.attributes;
    const out = new Float64Array(rows * width);
    for (let row = 0; row < rows; row++) {
      for (let j = 0; j < width; j++) {
        let total = 0;
        for (let i = 0; i < inner; i++) total += x!.data[row * inner + i]! * w!.data[j * inner + i]!;
        out[row * width + j] = scale * total + biasScale * (bias?.data[j] ?? 0);
      }
    }
    return out;
  },
  sum: reduction(false),
  mean: reduction(true),
  reshape: (_, [x]) => x!.data,
  transpose: (node, [x], shape) => {
    const out = new Float64Array(x!.data.length);
    const strides = stridesOf(x!.shape);
    walk(shape, [node.attributes.permutation.map(axis => strides[axis]!)], (at, [from]) => {
      out[at] = x!.data[from!]!;
    });
    return out;
  },
  expand: (_, [x], shape) => {
    const out = new Float64Array(sizeOf(shape));
    walk(shape, [broadcastStrides(x!.shape, shape)], (at, [from]) => {
      out[at] = x!.data[from!]!;
    });
    return out;
  },
  concat: (node, parts, shape) => {
    const { axis } = node.attributes;
    const outer = sizeOf(shape.slice(0, axis));
    const out = new Float64Array(sizeOf(shape));
    let at = 0;
    for (let i = 0; i < outer; i++) {
      for (const part of parts) {
        const length = part.data.length / outer;
        out.set(part.data.subarray(i * length, (i + 1) * length), at);
        at += length;
      }
    }
    return out;
  },
  slice: (node, [x], shape, symbols) => {
    const { axis } = node.attributes;
    const start = evaluateDim(node.attributes.start, symbols);
    const inner = sizeOf(shape.slice(axis + 1));
    const outer = sizeOf(shape.slice(0, axis));
    const length = shape[axis]! * inner;
    const out = new Float64Array(sizeOf(shape));
    for (let i = 0; i < outer; i++) {
      const from = i * x!.shape[axis]! * inner + start * inner;
      out.set(x!.data.subarray(from, from + length), i * length);
    }
    return out;
  },
  take: (_, [x, index], shape) => {
    const inner = sizeOf(x!.shape.slice(1));
    const out = new Float64Array(sizeOf(shape));
    index!.data.forEach((row, at) => {
      if (row < 0 || row >= x!.shape[0]!) throw new Error(`take: row ${row} of ${x!.shape[0]}`);
      out.set(x!.data.subarray(row * inner, (row + 1) * inner), at * inner);
    });
    return out;
  },
  scatterAdd: (_, [base, index, updates]) => {
    const out = base!.data.slice();
    const inner = sizeOf(base!.shape.slice(1));
    index!.data.forEach((row, at) => {
      for (let i = 0; i < inner; i++) out[row * inner + i]! += updates!.data[at * inner + i]!;
    });
    return out;
  },
  oneHot: (_, [index], shape) => {
    const depth = shape.at(-1)!;
    const out = new Float64Array(sizeOf(shape));
    index!.data.forEach((hot, at) => {
      out[at * depth + hot] = 1;
    });
    return out;
  },
  conv2d: (node, [x, w, bias], shape) => {
    const { stride, padding } = node.attributes;
    const [batches, outs, height, width] = shape as [number, number, number, number];
    const [, ins, kernelHeight, kernelWidth] = w!.shape as [number, number, number, number];
    const [, , sourceHeight, sourceWidth] = x!.shape as [number, number, number, number];
    const out = new Float64Array(sizeOf(shape));
    let at = 0;
    for (let b = 0; b < batches; b++) {
      for (let o = 0; o < outs; o++) {
        for (let y = 0; y < height; y++) {
          for (let column = 0; column < width; column++, at++) {
            let total = bias?.data[o] ?? 0;
            for (let c = 0; c < ins; c++) {
              for (let ky = 0; ky < kernelHeight; ky++) {
                const sourceY = y * stride + ky - padding;
                if (sourceY < 0 || sourceY >= sourceHeight) continue;
                for (let kx = 0; kx < kernelWidth; kx++) {
                  const sourceX = column * stride + kx - padding;
                  if (sourceX < 0 || sourceX >= sourceWidth) continue;
                  total +=
                    x!.data[((b * ins + c) * sourceHeight + sourceY) * sourceWidth + sourceX]! *
                    w!.data[((o * ins + c) * kernelHeight + ky) * kernelWidth + kx]!;
                }
              }
            }
            out[at] = total;
          }
        }
      }
    }
    return out;
  },
  averagePool2d: (node, [x], shape) => {
    const { size } = node.attributes;
    const [batches, channels, height, width] = shape as [number, number, number, number];
    const [, , sourceHeight, sourceWidth] = x!.shape as [number, number, number, number];
    const out = new Float64Array(sizeOf(shape));
    let at = 0;
    for (let plane = 0; plane < batches * channels; plane++) {
      for (let y = 0; y < height; y++) {
        for (let column = 0; column < width; column++, at++) {
          for (let dy = 0; dy < size; dy++) {
            for (let dx = 0; dx < size; dx++) {
              const from = (plane * sourceHeight + y * size + dy) * sourceWidth + column * size + dx;
              out[at]! += x!.data[from]! / (size * size);
            }
          }
        }
      }
    }
    return out;
  },
};
