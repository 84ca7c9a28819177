import type { Dim, Shape } from './dim';

export type DType = 'float32' | 'int64' | 'uint8';

/** Where a weight lies in a file; its bytes are read by the executor, never by the graph. */
export interface WeightRef {
  readonly file: string;
  /** First byte in the file. */
  readonly offset: number;
  readonly bytes: number;
  readonly dtype: 'F32' | 'F16' | 'BF16' | 'F64';
  readonly shape: readonly number[];
  /** Rounded to float16 and held so until a product reads it; absent: as float32. */
  readonly held?: 'F16';
}

/** Values of a constant: floats as Float64Array keep full precision for the interpreter, Float32Array costs half. */
export type ConstantData = Float32Array | Float64Array | Int32Array;

/** Attributes of each operation; the operations' meaning and shape rules are in operations.ts. */
export interface Attributes {
  input: { readonly name: string };
  constant: { readonly data: ConstantData };
  weight: { readonly ref: WeightRef };
  toFloat: Empty;
  add: Empty;
  subtract: Empty;
  multiply: Empty;
  divide: Empty;
  sqrt: Empty;
  sigmoid: Empty;
  silu: Empty;
  erf: Empty;
  exp: Empty;
  relu: Empty;
  gelu: Empty;
  softmax: Empty;
  logSoftmax: Empty;
  layerNorm: { readonly epsilon: number };
  layerNormMean: { readonly epsilon: number };
  layerNormInverseStd: { readonly epsilon: number };
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean; readonly scale: number };
  linear: { readonly scale: number; readonly biasScale: number };
  sum: { readonly axes: readonly number[]; readonly keep: boolean };
  mean: { readonly axes: readonly number[]; readonly keep: boolean };
  reshape: Empty;
  transpose: { readonly permutation: readonly number[] };
  expand: Empty;
  concat: { readonly axis: number };
  slice: { readonly axis: number; readonly start: Dim; readonly length: Dim };
  take: { readonly padding: Uint8Array | null };
  scatterAdd: Empty;
  oneHot: { readonly depth: Dim };
  conv2d: { readonly stride: number; readonly padding: number };
  averagePool2d: { readonly size: number };
}

type Empty = Record<string, never>;
export type OperationName = keyof Attributes;

/** One value of a graph. Immutable; equal operations on the same inputs are the same object (see operations.ts). */
export type Node = {
  [Op in OperationName]: {
    readonly id: number;
    readonly op: Op;
    readonly inputs: readonly Node[];
    readonly attributes: Attributes[Op];
    readonly shape: Shape;
    readonly dtype: DType;
  };
}[OperationName];

export type NodeOf<Op extends OperationName> = Extract<Node, { readonly op: Op }>;

let nextId = 0;

/** Interned children by their first input, so that equal sub-expressions are one node and garbage goes with its inputs. */
const derived = new WeakMap<Node, Map<string, Node>>();

export function createNode<Op extends OperationName>(
  op: Op,
  inputs: readonly Node[],
  attributes: Attributes[Op],
  shape: Shape,
  dtype: DType,
): NodeOf<Op> {
  const create = () => ({ id: nextId++, op, inputs, attributes, shape, dtype }) as unknown as NodeOf<Op>;
  const owner = inputs[0];
  if (owner === undefined) return create();
  const siblings = derived.get(owner) ?? new Map<string, Node>();
  derived.set(owner, siblings);
  const key = `${op} ${inputs.map(input => input.id).join()} ${shape.join()} ${attributeKey(attributes)}`;
  const known = siblings.get(key);
  if (known !== undefined) return known as NodeOf<Op>;
  const node = create();
  siblings.set(key, node as Node);
  return node;
}

/** Binary attributes (the padding of `take`) distinguish nodes by identity: they belong to one index tensor. */
const binaryIds = new WeakMap<object, number>();
function attributeKey(attributes: object): string {
  return JSON.stringify(attributes, (_, value: unknown) => {
    if (!ArrayBuffer.isView(value)) return value;
    const id = binaryIds.get(value) ?? nextId++;
    binaryIds.set(value, id);
    return id;
  });
}

/** All nodes the given ones depend on, inputs before users, in a deterministic order. */
export function topologicalOrder(outputs: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const output of outputs) {
    if (seen.has(output)) continue;
    seen.add(output);
    stack.push({ node: output, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const input = top.node.inputs[top.next++];
      if (input === undefined) {
        order.push(top.node);
        stack.pop();
      } else if (!seen.has(input)) {
        seen.add(input);
        stack.push({ node: input, next: 0 });
      }
    }
  }
  return order;
}
