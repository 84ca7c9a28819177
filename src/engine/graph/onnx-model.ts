import type { Dim, Shape } from './dim';
import type { WeightRef } from './node';
import { ProtobufWriter } from './protobuf-writer';

/** ONNX TensorProto.DataType numbers. */
export const ONNX_TYPE = {
  float32: 1,
  uint8: 2,
  int64: 7,
  float64: 11,
  F16: 10,
  F64: 11,
  BF16: 16,
  F32: 1,
} as const;

const OPSET = 18;
const IR_VERSION = 9;

export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: ProtobufWriter };

/** Writes the nodes of one branch and names its result; values of the model around it can be used. */
type Branch = (branch: OnnxModel) => string;

/** Collects nodes and initialisers of one ONNX model (field numbers: onnx.proto3) and serialises it. */
export class OnnxModel {
  private readonly graph = new ProtobufWriter();
  private readonly facts: ProtobufWriter[] = [];
  private readonly interns = new Map<string, string>();

  /** @param names counts those that are taken, of the whole model: a branch shares it */
  constructor(private readonly names = { taken: 0 }) {}

  newName(): string {
    return `t${this.names.taken++}`;
  }

  input(name: string, type: keyof typeof ONNX_TYPE, shape: Shape): void {
    this.graph.message(11, valueInfo(name, type, shape));
  }

  output(name: string, type: keyof typeof ONNX_TYPE, shape: Shape): void {
    this.graph.message(12, valueInfo(name, type, shape));
  }

  /** Adds a node with one output, or returns the output of an equal node. */
  node(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute> = {},
    domain = '',
  ): string {
    const key = JSON.stringify([type, inputs, attributes, domain]);
    const known = this.interns.get(key);
    if (known !== undefined) return known;
    const output = this.newName();
    this.interns.set(key, output);
    this.nodeWithOutputs(type, inputs, [output], attributes, domain);
    return output;
  }

  nodeWithOutputs(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, OnnxAttribute> = {},
    domain = '',
  ): void {
    const proto = new ProtobufWriter();
    for (const name of inputs) proto.string(1, name);
    for (const name of outputs) proto.string(2, name);
    proto.string(3, `${type}_${outputs[0]}`).string(4, type);
    for (const [name, value] of Object.entries(attributes)) proto.message(5, attribute(name, value));
    if (domain !== '') proto.string(7, domain);
    this.graph.message(1, proto);
  }

  /** Only the branch that `condition`, a bool, takes is computed. */
  either(condition: string, { yes, no }: { readonly yes: Branch; readonly no: Branch }): string {
    const branch = (write: Branch) => {
      const inner = new OnnxModel(this.names);
      const output = write(inner);
      // A branch's output may have a name alone; its type shows.
      inner.graph.message(12, new ProtobufWriter().string(1, output)).string(2, output);
      return { graph: inner.graph };
    };
    const output = this.newName();
    const branches = { then_branch: branch(yes), else_branch: branch(no) };
    this.nodeWithOutputs('If', [condition], [output], branches);
    return output;
  }

  /** A fact about the model for whoever opens it. */
  metadata(key: string, value: string): void {
    this.facts.push(new ProtobufWriter().string(1, key).string(2, value));
  }

  float64(values: ArrayLike<number>, shape: readonly number[]): string {
    return this.initializer(ONNX_TYPE.F64, bytesOf(Float64Array.from(values)), shape);
  }

  float32(data: Float32Array, shape: readonly number[]): string {
    return this.initializer(ONNX_TYPE.float32, bytesOf(data), shape);
  }

  int64(values: ArrayLike<number>, shape: readonly number[] = [values.length]): string {
    return this.initializer(ONNX_TYPE.int64, bytesOf(BigInt64Array.from(Array.from(values, BigInt))), shape);
  }

  /** Small initialisers (axes, shapes, scalars) are stored once. */
  private initializer(type: number, raw: Uint8Array, shape: readonly number[]): string {
    const key = raw.length <= 64 ? `${type} ${shape.join()} ${raw.join()}` : null;
    const known = key === null ? undefined : this.interns.get(key);
    if (known !== undefined) return known;
    const name = this.newName();
    if (key !== null) this.interns.set(key, name);
    this.graph.message(5, tensorProto(name, type, shape).bytes(9, raw));
    return name;
  }

  inlineWeight(ref: WeightRef, raw: Uint8Array): string {
    const name = this.newName();
    this.graph.message(5, tensorProto(name, ONNX_TYPE[ref.dtype], ref.shape).bytes(9, raw));
    return name;
  }

  /** An initialiser that lies in another file, named relative to the folder given to the session. */
  externalWeight(ref: WeightRef, location: string): string {
    const name = this.newName();
    const proto = tensorProto(name, ONNX_TYPE[ref.dtype], ref.shape);
    const entries: Record<string, string> = {
      location,
      offset: String(ref.offset),
      length: String(ref.bytes),
    };
    for (const [key, value] of Object.entries(entries)) {
      proto.message(13, new ProtobufWriter().string(1, key).string(2, value));
    }
    this.graph.message(5, proto.int(14, 1));
    return name;
  }

  finish(): Uint8Array {
    const opset = (domain: string, version: number) => new ProtobufWriter().string(1, domain).int(2, version);
    const model = new ProtobufWriter()
      .int(1, IR_VERSION)
      .string(2, 'coop')
      .message(7, this.graph.string(2, 'coop'))
      .message(8, opset('', OPSET))
      .message(8, opset('com.microsoft', 1));
    for (const fact of this.facts) model.message(14, fact);
    return model.finish();
  }
}

function bytesOf(view: Float32Array | Float64Array | BigInt64Array): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function tensorProto(name: string, type: number, shape: readonly number[]): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const dim of shape) proto.int(1, dim);
  return proto.int(2, type).string(8, name);
}

function attribute(name: string, value: OnnxAttribute): ProtobufWriter {
  const proto = new ProtobufWriter().string(1, name);
  if (typeof value === 'number') return proto.int(3, value).int(20, 2);
  if (typeof value === 'string') return proto.string(4, value).int(20, 3);
  if ('float' in value) return proto.float(2, value.float).int(20, 1);
  if ('graph' in value) return proto.message(6, value.graph).int(20, 5);
  for (const item of value) proto.int(8, item);
  return proto.int(20, 7);
}

function valueInfo(name: string, type: keyof typeof ONNX_TYPE, shape: Shape): ProtobufWriter {
  const dims = new ProtobufWriter();
  for (const dim of shape) dims.message(1, dimension(dim));
  const tensorType = new ProtobufWriter().int(1, ONNX_TYPE[type]).message(2, dims);
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensorType));
}

function dimension(dim: Dim): ProtobufWriter {
  return typeof dim === 'number' ? new ProtobufWriter().int(1, dim) : new ProtobufWriter().string(2, dim);
}
