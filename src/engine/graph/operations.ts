import { addDims, type Dim, elementCount, type Shape, sameShape, showShape } from './dim';
import { type ConstantData, createNode, type DType, type Node, type WeightRef } from './node';

/**
 * The operations of the graph, as functions that check shapes and return nodes. Shapes in comments are
 * row-major; `…` stands for any leading dimensions. Every function throws an Error that names the operation
 * and the shapes when they do not fit.
 */

function fail(op: string, reason: string, ...nodes: readonly Node[]): never {
  throw new Error(
    `${op}: ${reason} (${nodes.map(node => `${node.op} ${showShape(node.shape)}`).join(', ')})`,
  );
}

export function input(name: string, shape: Shape, dtype: DType = 'float32'): Node {
  return createNode('input', [], { name }, shape, dtype);
}

/** A tensor that belongs to the graph. Int32Array data become int64. */
export function constant(data: ConstantData, shape: readonly number[]): Node {
  if (elementCount(shape) !== data.length) {
    throw new Error(`constant: ${data.length} values for shape ${showShape(shape)}`);
  }
  return createNode('constant', [], { data }, shape, data instanceof Int32Array ? 'int64' : 'float32');
}

const scalars = new Map<number, Node>();

export function scalar(value: number): Node {
  const known = scalars.get(value);
  if (known !== undefined) return known;
  const node = constant(Float64Array.of(value), []);
  scalars.set(value, node);
  return node;
}

/** A tensor read from a weights file; F16 and BF16 are widened to float32, F64 is rounded to it. */
export function weight(ref: WeightRef): Node {
  return createNode('weight', [], { ref }, ref.shape, 'float32');
}

/** Integers as float32. */
export function toFloat(x: Node): Node {
  return x.dtype === 'float32' ? x : createNode('toFloat', [x], {}, x.shape, 'float32');
}

/** Broadcast of two shapes (NumPy rule); symbolic dimensions must be equal or meet a 1. */
function broadcast(op: string, a: Node, b: Node): Shape {
  const rank = Math.max(a.shape.length, b.shape.length);
  const shape: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a.shape[axis - rank + a.shape.length] ?? 1;
    const right = b.shape[axis - rank + b.shape.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) fail(op, 'shapes do not broadcast', a, b);
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

function elementwise(op: 'add' | 'subtract' | 'multiply' | 'divide', a: Node, b: Node): Node {
  return createNode(op, [a, b], {}, broadcast(op, a, b), a.dtype);
}
export const add = (a: Node, b: Node) => elementwise('add', a, b);
export const subtract = (a: Node, b: Node) => elementwise('subtract', a, b);
export const multiply = (a: Node, b: Node) => elementwise('multiply', a, b);
export const divide = (a: Node, b: Node) => elementwise('divide', a, b);
export const scale = (a: Node, factor: number) => (factor === 1 ? a : multiply(a, scalar(factor)));

function unary(op: 'sqrt' | 'sigmoid' | 'silu' | 'erf' | 'exp' | 'relu' | 'gelu', x: Node): Node {
  return createNode(op, [x], {}, x.shape, x.dtype);
}
export const sqrt = (x: Node) => unary('sqrt', x);
export const sigmoid = (x: Node) => unary('sigmoid', x);
/** x·σ(x). QuickGELU x·σ(1.702x) is `silu` between two linears scaled by 1.702 and 1/1.702. */
export const silu = (x: Node) => unary('silu', x);
export const erf = (x: Node) => unary('erf', x);
export const exp = (x: Node) => unary('exp', x);
export const relu = (x: Node) => unary('relu', x);
/** Exact GELU x·Φ(x), Φ by the error function. */
export const gelu = (x: Node) => unary('gelu', x);
/** Over the last axis. */
export const softmax = (x: Node) => createNode('softmax', [x], {}, x.shape, x.dtype);
/** Over the last axis. */
export const logSoftmax = (x: Node) => createNode('logSoftmax', [x], {}, x.shape, x.dtype);

/** Normalises the last axis: x […, d], gamma and beta [d]. */
export function layerNorm(x: Node, gamma: Node, beta: Node, epsilon: number): Node {
  const width = [x.shape.at(-1)!];
  if (!sameShape(gamma.shape, width) || !sameShape(beta.shape, width)) {
    fail('layerNorm', 'gamma and beta must match the last axis', x, gamma, beta);
  }
  return createNode('layerNorm', [x, gamma, beta], { epsilon }, x.shape, x.dtype);
}

/** Mean and 1/√(variance + ε) of the last axis, each […, 1]: what the gradient of `layerNorm` reads. */
export function layerNormStatistics(x: Node, epsilon: number): { mean: Node; inverseStd: Node } {
  const shape = [...x.shape.slice(0, -1), 1];
  return {
    mean: createNode('layerNormMean', [x], { epsilon }, shape, x.dtype),
    inverseStd: createNode('layerNormInverseStd', [x], { epsilon }, shape, x.dtype),
  };
}

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly scale?: number;
}

/** scale · op(a) op(b) over the last two axes; a [… , m, k], b [… , k, n], leading axes equal. */
export function matmul(a: Node, b: Node, options: MatmulOptions = {}): Node {
  const { transposeA = false, transposeB = false, scale: factor = 1 } = options;
  const rank = a.shape.length;
  if (rank < 2 || b.shape.length !== rank || !sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2))) {
    fail('matmul', 'leading axes differ', a, b);
  }
  const [m, k] = transposeA
    ? [a.shape[rank - 1]!, a.shape[rank - 2]!]
    : [a.shape[rank - 2]!, a.shape[rank - 1]!];
  const [k2, n] = transposeB
    ? [b.shape[rank - 1]!, b.shape[rank - 2]!]
    : [b.shape[rank - 2]!, b.shape[rank - 1]!];
  if (k !== k2) fail('matmul', 'inner axes differ', a, b);
  return createNode(
    'matmul',
    [a, b],
    { transposeA, transposeB, scale: factor },
    [...a.shape.slice(0, -2), m, n],
    a.dtype,
  );
}

export interface LinearOptions {
  readonly scale?: number;
  readonly biasScale?: number;
}

/** scale · x Wᵀ + biasScale · bias: x [rows, in], W [out, in] (the layout of PyTorch's Linear), bias [out] or null. */
export function linear(x: Node, w: Node, bias: Node | null, options: LinearOptions = {}): Node {
  const { scale: factor = 1, biasScale = 1 } = options;
  if (x.shape.length !== 2 || w.shape.length !== 2 || x.shape[1] !== w.shape[1]) {
    fail('linear', 'x [rows, in] and W [out, in] expected', x, w);
  }
  if (bias !== null && !sameShape(bias.shape, [w.shape[0]!]))
    fail('linear', 'bias must be [out]', x, w, bias);
  const inputs = bias === null ? [x, w] : [x, w, bias];
  return createNode('linear', inputs, { scale: factor, biasScale }, [x.shape[0]!, w.shape[0]!], x.dtype);
}

function reduce(op: 'sum' | 'mean', x: Node, axes: readonly number[], keep: boolean): Node {
  const normal = axes.map(axis => (axis < 0 ? axis + x.shape.length : axis)).sort((a, b) => a - b);
  const shape = keep
    ? x.shape.map((dim, axis) => (normal.includes(axis) ? 1 : dim))
    : x.shape.filter((_, axis) => !normal.includes(axis));
  return createNode(op, [x], { axes: normal, keep }, shape, x.dtype);
}
export const sum = (x: Node, axes: readonly number[], keep = false) => reduce('sum', x, axes, keep);
export const mean = (x: Node, axes: readonly number[], keep = false) => reduce('mean', x, axes, keep);

export function reshape(x: Node, shape: Shape): Node {
  if (elementCount(shape) !== elementCount(x.shape)) fail('reshape', `to ${showShape(shape)}`, x);
  return sameShape(shape, x.shape) ? x : createNode('reshape', [x], {}, shape, x.dtype);
}

export function transpose(x: Node, permutation: readonly number[]): Node {
  if (permutation.length !== x.shape.length) fail('transpose', `by ${permutation.join()}`, x);
  return createNode(
    'transpose',
    [x],
    { permutation },
    permutation.map(axis => x.shape[axis]!),
    x.dtype,
  );
}

/** Repeats axes of length 1 up to `shape`. */
export function expand(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const padded = [...Array<Dim>(shape.length - x.shape.length).fill(1), ...x.shape];
  if (padded.some((dim, axis) => dim !== 1 && dim !== shape[axis]))
    fail('expand', `to ${showShape(shape)}`, x);
  return createNode('expand', [x], {}, shape, x.dtype);
}

export function concat(parts: readonly Node[], axis: number): Node {
  const first = parts[0];
  if (first === undefined) throw new Error('concat: nothing to join');
  if (parts.length === 1) return first;
  for (const part of parts) {
    const fits = part.shape.length === first.shape.length;
    if (!fits || part.shape.some((dim, i) => i !== axis && dim !== first.shape[i])) {
      fail('concat', `on axis ${axis}`, ...parts);
    }
  }
  const shape = first.shape.map((dim, i) =>
    i === axis ? parts.map(part => part.shape[axis]!).reduce(addDims) : dim,
  );
  return createNode('concat', parts, { axis }, shape, first.dtype);
}

/** Elements start … start + length − 1 of one axis. Of parts joined on that axis, the part itself where it is that. */
export function slice(x: Node, axis: number, start: Dim, length: Dim): Node {
  const whole = x.shape[axis];
  if (whole === undefined) fail('slice', `axis ${axis}`, x);
  if (start === 0 && length === whole) return x;
  const end = addDims(start, length);
  if (typeof end === 'number' && typeof whole === 'number' && end > whole) {
    fail('slice', `axis ${axis}, ${start} to ${end}`, x);
  }
  if (x.op === 'concat' && x.attributes.axis === axis) {
    let at: Dim = 0;
    for (const part of x.inputs) {
      if (at === start && part.shape[axis] === length) return part;
      at = addDims(at, part.shape[axis]!);
    }
  }
  const shape = x.shape.map((dim, i) => (i === axis ? length : dim));
  return createNode('slice', [x], { axis, start, length }, shape, x.dtype);
}

/** Splits one axis into parts of the given lengths. */
export function split(x: Node, axis: number, lengths: readonly Dim[]): Node[] {
  let start: Dim = 0;
  return lengths.map(length => {
    const part = slice(x, axis, start, length);
    start = addDims(start, length);
    return part;
  });
}

/**
 * Rows of x [rows, …] by an index of any shape: [n, …] for an index [n]. `padding[i] = 1` says that the result's row i,
 * counted through the whole index, is never used, so that it carries no gradient.
 */
export function take(x: Node, index: Node, padding: Uint8Array | null = null): Node {
  if (index.dtype !== 'int64' || index.shape.length === 0)
    fail('take', 'the index must be int64, no scalar', x, index);
  if (isIdentity(x, index)) return x;
  return createNode('take', [x, index], { padding }, [...index.shape, ...x.shape.slice(1)], x.dtype);
}

function isIdentity(x: Node, index: Node): boolean {
  return (
    index.op === 'constant' &&
    index.shape.length === 1 &&
    index.shape[0] === x.shape[0] &&
    index.attributes.data.every((value, position) => value === position)
  );
}

/** Adds rows of `updates` [n, …] to rows of `base` [rows, …] at index [n]; an index may occur several times. */
export function scatterAdd(base: Node, index: Node, updates: Node): Node {
  if (!sameShape(base.shape.slice(1), updates.shape.slice(1)) || index.shape[0] !== updates.shape[0]) {
    fail('scatterAdd', 'rows do not fit', base, index, updates);
  }
  return createNode('scatterAdd', [base, index, updates], {}, base.shape, base.dtype);
}

/** int64 [n] → float32 [n, depth] with a 1 at each index. */
export function oneHot(index: Node, depth: Dim): Node {
  return createNode('oneHot', [index], { depth }, [...index.shape, depth], 'float32');
}

/** x [B, in, H, W], w [out, in, k, k], bias [out] or null. */
export function conv2d(
  x: Node,
  w: Node,
  bias: Node | null,
  options: { readonly stride?: number; readonly padding?: number } = {},
): Node {
  const { stride = 1, padding = 0 } = options;
  const [batch, channels, height, width] = x.shape;
  const [out, inner, kernelHeight, kernelWidth] = w.shape;
  if (x.shape.length !== 4 || w.shape.length !== 4 || channels !== inner)
    fail('conv2d', 'channels differ', x, w);
  const length = (size: Dim | undefined, kernel: Dim | undefined) => {
    if (typeof size !== 'number' || typeof kernel !== 'number')
      fail('conv2d', 'image size must be known', x, w);
    return Math.floor((size + 2 * padding - kernel) / stride) + 1;
  };
  return createNode(
    'conv2d',
    bias === null ? [x, w] : [x, w, bias],
    { stride, padding },
    [batch!, out!, length(height, kernelHeight), length(width, kernelWidth)],
    x.dtype,
  );
}

/** Non-overlapping average over size × size windows of x [B, C, H, W]. */
export function averagePool2d(x: Node, size: number): Node {
  const [batch, channels, height, width] = x.shape;
  if (typeof height !== 'number' || typeof width !== 'number')
    fail('averagePool2d', 'image size must be known', x);
  return createNode(
    'averagePool2d',
    [x],
    { size },
    [batch!, channels!, Math.floor(height / size), Math.floor(width / size)],
    x.dtype,
  );
}
