import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { allFinite } from '../../../files/tensors/all-finite';
import { readTensor, type TensorInfo } from '../../../files/tensors/safetensors';
import { MAX_TENSORS } from '../../../files/tensors/safetensors-header';
import type { Precision } from '../../../shared/contracts/precision';
import { showShape } from '../../graph/dim';
import type { Node, WeightRef } from '../../graph/node';
import { weight } from '../../graph/operations';
import type { UnsoundTensor } from './clip-model';
import { modelInvalid, modelUnsupported } from './model-error';
import { readConfig } from './read-config';
import { openWeightsFile, type WeightsFile } from './weights-file';

interface StoredTensor {
  readonly file: WeightsFile;
  readonly info: TensorInfo;
}

/** Buffers and remarks that some files carry and no forward pass reads. */
const IRRELEVANT =
  /(^|\.)(position_ids|num_batches_tracked|attn_mask|input_resolution|context_length|vocab_size)$/;

/**
 * The tensors of a model's weights files, handed out as graph nodes that point into the files. Every tensor is
 * checked when it is asked for, and `checkAllUsed` says when there is one that nobody asked for.
 */
export class StoredTensors {
  private readonly used = new Set<string>();

  private constructor(
    /** The file that messages about absent tensors name. */
    readonly shownFile: string,
    /** Weights files behind all symbolic links, in the order of their names. */
    readonly files: readonly string[],
    private readonly tensors: ReadonlyMap<string, StoredTensor>,
    /** Whether it is a TorchScript archive, the form in which OpenAI published its models. */
    readonly scripted: boolean,
    private readonly precision: Precision,
  ) {}

  /** @throws CoopError as openWeightsFile */
  static async openFile(shown: string, precision: Precision = 'float32'): Promise<StoredTensors> {
    const file = await openWeightsFile(shown);
    const tensors = [...file.tensors].map(([name, info]) => [name, { file, info }] as const);
    return new StoredTensors(shown, [file.real], withoutWrapper(new Map(tensors)), file.scripted, precision);
  }

  /**
   * Opens all shards of a `model.safetensors.index.json` or `pytorch_model.bin.index.json`.
   * @throws CoopError as openWeightsFile, and `model.invalid` when the index names a tensor its shard lacks
   */
  static async openIndex(index: string, precision: Precision): Promise<StoredTensors> {
    const { weight_map: map } = await readConfig(index, INDEX);
    const count = Object.keys(map).length;
    if (count > MAX_TENSORS)
      throw modelInvalid(index, `it lists ${count} tensors; at most ${MAX_TENSORS} are read`);
    const shards = [...new Set(Object.values(map))].sort();
    for (const shard of shards) {
      if (shard !== basename(shard) || shard === '..')
        throw modelInvalid(index, `${JSON.stringify(shard)} is not a file of this folder`);
    }
    const files = await Promise.all(shards.map(shard => openWeightsFile(join(dirname(index), shard))));
    const tensors = new Map<string, StoredTensor>();
    for (const [name, shard] of Object.entries(map)) {
      const file = files[shards.indexOf(shard)]!;
      const info = file.tensors.get(name);
      if (info === undefined)
        throw modelInvalid(index, `it places the tensor ${name} in ${shard}, which does not hold it`);
      tensors.set(name, { file, info });
    }
    const real = files.map(file => file.real);
    return new StoredTensors(index, real, withoutWrapper(tensors), false, precision);
  }

  /** Some of the names, for messages. */
  get names(): readonly string[] {
    return [...this.tensors.keys()];
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Undefined when there is no such tensor. */
  shape(name: string): readonly number[] | undefined {
    return this.tensors.get(name)?.info.shape;
  }

  /** How many tensors have a name of a number, or nothing, between the two. */
  count(start: string, end: string): number {
    return this.names.filter(
      name =>
        name.startsWith(start) && name.endsWith(end) && /^\d*$/.test(name.slice(start.length, -end.length)),
    ).length;
  }

  /**
   * @param shape what the configuration says it must be
   * @throws CoopError `model.invalid` when it is absent or has another shape, `model.unsupported` for its type
   */
  node(name: string, shape: readonly number[]): Node {
    const ref = this.locate(name, shape);
    // Vectors are a thousandth of a model, and norms and biases are what rounding harms most.
    return weight(this.precision === 'float16' && shape.length > 1 ? { ...ref, held: 'F16' } : ref);
  }

  /** The values of one tensor, float32, row-major. */
  async values(name: string, shape: readonly number[]): Promise<Float32Array> {
    this.locate(name, shape);
    const { file, info } = this.tensors.get(name)!;
    return readTensor(file.numbers, info);
  }

  /** @throws CoopError `model.unsupported` when the files hold a tensor that the model built from them does not read */
  checkAllUsed(): void {
    for (const [name, { file }] of this.tensors) {
      if (this.used.has(name) || IRRELEVANT.test(name)) continue;
      throw modelUnsupported(
        file.shown,
        `the tensor ${name} belongs to no part of the model that is read here`,
      );
    }
  }

  /** The first tensor in use with a number that is not finite; without one, the first of nothing but zeros, biases aside. */
  async unsound(): Promise<UnsoundTensor | null> {
    let empty: UnsoundTensor | null = null;
    for (const name of this.used) {
      const { file, info } = this.tensors.get(name)!;
      const values = await readTensor(file.numbers, info);
      if (!allFinite(values)) return { file: file.shown, name, problem: 'holds a number that is not finite' };
      if (empty === null && !/bias$/.test(name) && values.every(value => value === 0))
        empty = { file: file.shown, name, problem: 'holds nothing but zeros' };
    }
    return empty;
  }

  private locate(name: string, shape: readonly number[]): WeightRef {
    const found = this.tensors.get(name);
    if (found === undefined) throw modelInvalid(this.shownFile, `the tensor ${name} is missing`);
    const { info, file } = found;
    const { dtype } = info;
    if (info.shape.length !== shape.length || info.shape.some((size, axis) => size !== shape[axis])) {
      throw modelInvalid(
        file.shown,
        `the tensor ${name} has the shape ${showShape(info.shape)}, but the configuration asks for ${showShape(shape)}`,
      );
    }
    if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16' && dtype !== 'F64') {
      throw modelUnsupported(
        file.shown,
        `the tensor ${name} is stored as ${dtype}, not as F32, F16, BF16 or F64`,
      );
    }
    this.used.add(name);
    return { file: file.numbers, offset: info.offset, bytes: info.bytes, dtype, shape };
  }
}

const INDEX = v.object({ weight_map: v.record(v.string(), v.string()) });

/** What a CLIP's own names begin with. */
const TOWERS: ReadonlySet<string> = new Set([
  'visual.',
  'text.',
  'text_model.',
  'vision_model.',
  'transformer.',
]);

/**
 * Names without the parts in front that all of them share, which distributed training, torch.compile, Lightning and models
 * that hold the CLIP as a part leave there (`module.`, `_orig_mod.`, `net.`). Of a file with one tower that tower's name stays.
 */
function withoutWrapper(tensors: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  const [first = ''] = tensors.keys();
  const wrapper = first.slice(0, first.indexOf('.') + 1);
  if (wrapper === '' || TOWERS.has(wrapper) || ![...tensors.keys()].every(name => name.startsWith(wrapper)))
    return tensors;
  return withoutWrapper(new Map([...tensors].map(([name, tensor]) => [name.slice(wrapper.length), tensor])));
}
