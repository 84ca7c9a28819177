import { basename, dirname } from 'node:path';
import { addDims, type Dim, dimTerms, isSymbol, type Shape } from './dim';
import { emitHalves } from './emit-halves';
import { layerNormsBeforeStatistics, statisticsKey } from './layer-norm-order';
import {
  type DType,
  type Node,
  type NodeOf,
  type OperationName,
  topologicalOrder,
  type WeightRef,
} from './node';
import { ONNX_TYPE, OnnxModel } from './onnx-model';
import type { ProviderKernels } from './provider-kernels';

export interface EmitOptions {
  /** What the provider that will run the model has kernels for. */
  readonly kernels: ProviderKernels;
  /** What the graph's floats are. Default: float32. */
  readonly floats?: 'float32' | 'float64';
  /** Bytes of weights that cannot be external because they lie in another folder than most do. */
  readonly readInline?: (ref: WeightRef) => Uint8Array;
  /** Where weights lie for whoever opens the model; null for inside it. Default: in their own files. */
  readonly place?: ((ref: WeightRef) => WeightRef) | null;
  /** Makes an input from another one: declares that, and returns what stands in the input's place. */
  readonly prepare?: Readonly<Record<string, (model: OnnxModel) => string>>;
  /** Facts that the model carries. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface EmittedModel {
  readonly bytes: Uint8Array;
  /** Folder that the names of external weights are relative to; null without external weights. */
  readonly weightsFolder: string | null;
}

/**
 * Writes the graph as an ONNX model (opset 18). Weights become external data that point into their own files, so
 * that the model is a few kilobytes and the weights are read once, by onnxruntime.
 */
export function emitOnnx(outputs: Readonly<Record<string, Node>>, options: EmitOptions): EmittedModel {
  return new Emitter(outputs, options).emit();
}

type Emit<Op extends OperationName> = (node: NodeOf<Op>, inputs: string[]) => string;

class Emitter {
  private readonly model = new OnnxModel();
  private readonly order: Node[];
  private readonly names = new Map<Node, string>();
  /** Where each symbolic dimension can be read: an input and its axis. */
  private readonly symbols = new Map<string, { input: string; axis: number }>();
  private readonly statistics = new Map<string, { mean: string; inverseStd: string }>();
  private readonly weightsFolder: string | null;

  constructor(
    private readonly outputs: Readonly<Record<string, Node>>,
    private readonly options: EmitOptions,
  ) {
    this.order = layerNormsBeforeStatistics(topologicalOrder(Object.values(outputs)));
    for (const node of this.order) {
      if (node.op !== 'input') continue;
      for (const [axis, dim] of node.shape.entries()) {
        if (isSymbol(dim)) this.symbols.set(dim, { input: node.attributes.name, axis });
      }
    }
    this.weightsFolder = options.place === null ? null : this.folderOfMost();
  }

  emit(): EmittedModel {
    const emit = (node: Node, inputs: string[]) =>
      (this.operations[node.op] as Emit<OperationName>)(node, inputs);
    const halves = emitHalves(this.order, Object.values(this.outputs), this.model, emit);
    for (const node of this.order) {
      if (halves.has(node)) continue;
      const inputs = node.inputs.map(child => halves.widened(child, node) ?? this.names.get(child)!);
      this.names.set(node, emit(node, inputs));
    }
    for (const [name, node] of Object.entries(this.outputs)) {
      // Identity gives the output its name, also when two outputs are one node.
      this.model.nodeWithOutputs('Identity', [halves.widened(node, null) ?? this.names.get(node)!], [name]);
      this.model.output(name, this.typeOf(node.dtype), node.shape);
    }
    for (const [key, value] of Object.entries(this.options.metadata ?? {})) this.model.metadata(key, value);
    return { bytes: this.model.finish(), weightsFolder: this.weightsFolder };
  }

  /** Other weights go into the model: onnxruntime looks for external ones in one folder. */
  private folderOfMost(): string | null {
    const bytes = new Map<string, number>();
    for (const node of this.order) {
      if (node.op !== 'weight') continue;
      const { file, bytes: more } = this.placed(node);
      bytes.set(dirname(file), (bytes.get(dirname(file)) ?? 0) + more);
    }
    const [most] = [...bytes].sort(([, a], [, b]) => b - a);
    return most?.[0] ?? null;
  }

  private floatScalar(value: number): string {
    return this.floats([value], []);
  }

  private floats(values: ArrayLike<number>, shape: readonly number[]): string {
    return this.options.floats === 'float64'
      ? this.model.float64(values, shape)
      : this.model.float32(Float32Array.from(values), shape);
  }

  private typeOf(dtype: DType): keyof typeof ONNX_TYPE {
    return dtype === 'float32' ? (this.options.floats ?? dtype) : dtype;
  }

  private toFloats(x: string): string {
    return this.model.node('Cast', [x], { to: ONNX_TYPE[this.typeOf('float32')] });
  }

  /** An int64 vector of the shape's dimensions, computed from the inputs' shapes where they are symbolic. */
  private shapeVector(shape: Shape): string {
    if (shape.every(dim => typeof dim === 'number')) return this.model.int64(shape);
    return this.model.node(
      'Concat',
      shape.map(dim => this.dimension(dim)),
      { axis: 0 },
    );
  }

  private dimension(dim: Dim): string {
    const terms = dimTerms(dim).map(({ coefficient, symbols }) =>
      symbols
        .map(symbol => this.symbol(symbol))
        .reduce((a, b) => this.model.node('Mul', [a, b]), this.model.int64([coefficient])),
    );
    return terms.reduce((a, b) => this.model.node('Add', [a, b]));
  }

  private symbol(symbol: string): string {
    const source = this.symbols.get(symbol);
    if (source === undefined) throw new Error(`no input has the dimension ${symbol}`);
    return this.model.node('Shape', [source.input], { start: source.axis, end: source.axis + 1 });
  }

  private reshapeTarget(shape: Shape): string {
    const unknown = shape.filter(dim => typeof dim !== 'number').length;
    return unknown === 1
      ? this.model.int64(shape.map(dim => (typeof dim === 'number' ? dim : -1)))
      : this.shapeVector(shape);
  }

  private matmul(node: NodeOf<'matmul'>, [a, b]: string[]): string {
    const { transposeA, transposeB, scale } = node.attributes;
    const rank = node.shape.length;
    if (this.rounds(scale))
      return this.scaled(
        this.matmul({ ...node, attributes: { ...node.attributes, scale: 1 } }, [a!, b!]),
        scale,
      );
    const plain = !transposeA && !transposeB && scale === 1;
    if (plain) return this.model.node('MatMul', [a!, b!]);
    const flags = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: scale } };
    if (rank === 2) return this.model.node('Gemm', [a!, b!], flags);
    if (this.options.kernels.fusedMatmul)
      return this.model.node('FusedMatMul', [a!, b!], flags, 'com.microsoft');
    const perm = Array.from({ length: rank }, (_, axis) => axis);
    [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
    const left = transposeA ? this.model.node('Transpose', [a!], { perm }) : a!;
    const right = transposeB ? this.model.node('Transpose', [b!], { perm }) : b!;
    const product = this.model.node('MatMul', [left, right]);
    return this.scaled(product, scale);
  }

  private scaled(x: string, factor: number): string {
    return factor === 1 ? x : this.model.node('Mul', [x, this.floatScalar(factor)]);
  }

  /** Whether the factor as an attribute of a node, which is a float32, would be another. */
  private rounds(factor: number): boolean {
    return this.options.floats === 'float64' && Math.fround(factor) !== factor;
  }

  private gelu(x: string): string {
    if (this.options.kernels.gelu) return this.model.node('Gelu', [x], {}, 'com.microsoft');
    const error = this.model.node('Erf', [this.model.node('Mul', [x, this.floatScalar(Math.SQRT1_2)])]);
    const cumulative = this.model.node('Add', [error, this.floatScalar(1)]);
    return this.model.node('Mul', [this.model.node('Mul', [x, cumulative]), this.floatScalar(0.5)]);
  }

  private logSoftmax(x: string): string {
    if (this.options.kernels.logSoftmax) return this.model.node('LogSoftmax', [x], { axis: -1 });
    const lastAxis = this.model.int64([-1]);
    const shifted = this.model.node('Sub', [x, this.model.node('ReduceMax', [x, lastAxis], { keepdims: 1 })]);
    const total = this.model.node('ReduceSum', [this.model.node('Exp', [shifted]), lastAxis], {
      keepdims: 1,
    });
    return this.model.node('Sub', [shifted, this.model.node('Log', [total])]);
  }

  private placed({ attributes: { ref } }: NodeOf<'weight'>): WeightRef {
    return this.options.place?.(ref) ?? ref;
  }

  private weight(node: NodeOf<'weight'>): string {
    const { readInline } = this.options;
    const ref = this.placed(node);
    let name: string;
    if (this.weightsFolder === dirname(ref.file)) name = this.model.externalWeight(ref, basename(ref.file));
    else if (readInline !== undefined) name = this.model.inlineWeight(ref, readInline(ref));
    else throw new Error('weights lie in several folders and no reader was given');
    const stays = ONNX_TYPE[ref.dtype] === ONNX_TYPE[this.typeOf('float32')] || ref.held === 'F16';
    return stays ? name : this.toFloats(name);
  }

  private layerNormStatistic(
    node: NodeOf<'layerNormMean' | 'layerNormInverseStd'>,
    key: 'mean' | 'inverseStd',
  ): string {
    const found = this.statistics.get(statisticsKey(node));
    if (found === undefined) throw new Error('layer norm statistics without their layer norm');
    return found[key];
  }

  private readonly operations: { readonly [Op in OperationName]: Emit<Op> } = {
    input: node => {
      const { name } = node.attributes;
      const prepared = this.options.prepare?.[name]?.(this.model);
      if (prepared !== undefined) return prepared;
      this.model.input(name, this.typeOf(node.dtype), node.shape);
      return name;
    },
    constant: node => {
      const { data } = node.attributes;
      const shape = node.shape as readonly number[];
      return data instanceof Int32Array ? this.model.int64(data, shape) : this.floats(data, shape);
    },
    weight: node => this.weight(node),
    toFloat: (_, [x]) => this.toFloats(x!),
    add: (_, inputs) => this.model.node('Add', inputs),
    subtract: (_, inputs) => this.model.node('Sub', inputs),
    multiply: (_, inputs) => this.model.node('Mul', inputs),
    divide: (_, inputs) => this.model.node('Div', inputs),
    sqrt: (_, inputs) => this.model.node('Sqrt', inputs),
    sigmoid: (_, inputs) => this.model.node('Sigmoid', inputs),
    silu: (_, [x]) => this.model.node('Mul', [x!, this.model.node('Sigmoid', [x!])]),
    erf: (_, inputs) => this.model.node('Erf', inputs),
    exp: (_, inputs) => this.model.node('Exp', inputs),
    relu: (_, inputs) => this.model.node('Relu', inputs),
    gelu: (_, [x]) => this.gelu(x!),
    softmax: (_, inputs) => this.model.node('Softmax', inputs, { axis: -1 }),
    logSoftmax: (_, [x]) => this.logSoftmax(x!),
    layerNorm: (node, inputs) => {
      const [y, mean, inverseStd] = [this.model.newName(), this.model.newName(), this.model.newName()];
      const epsilon = { axis: -1, epsilon: { float: node.attributes.epsilon } };
      const wanted = this.order.some(
        other =>
          (other.op === 'layerNormMean' || other.op === 'layerNormInverseStd') &&
          statisticsKey(other) === statisticsKey(node),
      );
      this.model.nodeWithOutputs('LayerNormalization', inputs, wanted ? [y, mean, inverseStd] : [y], epsilon);
      this.statistics.set(statisticsKey(node), { mean, inverseStd });
      return y;
    },
    layerNormMean: node => this.layerNormStatistic(node, 'mean'),
    layerNormInverseStd: node => this.layerNormStatistic(node, 'inverseStd'),
    matmul: (node, inputs) => this.matmul(node, inputs),
    linear: (node, inputs) => {
      const { scale, biasScale } = node.attributes;
      const [x, w, bias] = inputs as [string, string, string?];
      if (this.rounds(scale) || this.rounds(biasScale)) {
        const product = this.scaled(this.model.node('Gemm', [x, w], { transB: 1 }), scale);
        return bias === undefined ? product : this.model.node('Add', [product, this.scaled(bias, biasScale)]);
      }
      return this.model.node('Gemm', inputs, {
        transB: 1,
        alpha: { float: scale },
        beta: { float: biasScale },
      });
    },
    sum: (node, [x]) =>
      this.model.node('ReduceSum', [x!, this.model.int64(node.attributes.axes)], {
        keepdims: Number(node.attributes.keep),
      }),
    mean: (node, [x]) =>
      this.model.node('ReduceMean', [x!, this.model.int64(node.attributes.axes)], {
        keepdims: Number(node.attributes.keep),
      }),
    reshape: (node, [x]) => this.model.node('Reshape', [x!, this.reshapeTarget(node.shape)]),
    transpose: (node, inputs) => this.model.node('Transpose', inputs, { perm: node.attributes.permutation }),
    expand: (node, [x]) => this.model.node('Expand', [x!, this.shapeVector(node.shape)]),
    concat: (node, inputs) => this.model.node('Concat', inputs, { axis: node.attributes.axis }),
    slice: (node, [x]) => {
      const { axis, start, length } = node.attributes;
      const bounds = [start, addDims(start, length), axis].map(bound => this.shapeVector([bound]));
      return this.model.node('Slice', [x!, ...bounds]);
    },
    take: (_, inputs) => this.model.node('Gather', inputs, { axis: 0 }),
    scatterAdd: (_, [base, index, updates]) =>
      this.model.node(
        'ScatterND',
        [base!, this.model.node('Unsqueeze', [index!, this.model.int64([1])]), updates!],
        { reduction: 'add' },
      ),
    oneHot: (node, [index]) => {
      // onnxruntime has no kernel that gives float64.
      const values = this.model.float32(Float32Array.of(0, 1), [2]);
      const rows = this.model.node('OneHot', [index!, this.dimension(node.attributes.depth), values]);
      return this.options.floats === 'float64' ? this.toFloats(rows) : rows;
    },
    conv2d: (node, inputs) => {
      const { stride, padding } = node.attributes;
      return this.model.node('Conv', inputs, { strides: [stride, stride], pads: Array(4).fill(padding) });
    },
    averagePool2d: (node, inputs) => {
      const { size } = node.attributes;
      return this.model.node('AveragePool', inputs, { kernel_shape: [size, size], strides: [size, size] });
    },
  };
}
