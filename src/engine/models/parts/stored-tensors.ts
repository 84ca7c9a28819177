import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { readError } from '../../../files/disk/file-error';
import { readSafetensorsHeader, readTensor, type TensorInfo } from '../../../files/tensors/safetensors';
import { showShape } from '../../graph/dim';
import type { Node, WeightRef } from '../../graph/node';
import { weight } from '../../graph/operations';
import { isNotFound, modelInvalid, modelMissing, modelUnsupported } from './model-error';
import { readConfig } from './read-config';

interface StoredTensor {
  /** As the user knows it, for messages. */
  readonly shownFile: string;
  /** Behind all symbolic links: onnxruntime refuses external data outside the folder it was given. */
  readonly realFile: string;
  readonly info: TensorInfo;
}

/** Buffers and remarks that some files carry and no forward pass reads. */
const IRRELEVANT =
  /(^|\.)(position_ids|num_batches_tracked|attn_mask|input_resolution|context_length|vocab_size)$/;

/** Left by distributed training, torch.compile, Lightning and models that hold the CLIP as a part. */
const WRAPPERS = ['module.', '_orig_mod.', 'model.', 'clip_model.', 'clip.'];

/**
 * The tensors of a model's safetensors files, handed out as graph nodes that point into the files. Every tensor is
 * checked when it is asked for, and `checkAllUsed` says when there is one that nobody asked for.
 */
export class StoredTensors {
  private readonly used = new Set<string>();

  private constructor(
    /** The file that messages about absent tensors name. */
    private readonly shownFile: string,
    /** Weight files behind all symbolic links, in the order of their names. */
    readonly files: readonly string[],
    private readonly tensors: ReadonlyMap<string, StoredTensor>,
  ) {}

  /**
   * @throws CoopError `model.missing`, `file.corrupt`, `file.limit`, `file.access`
   */
  static async openFile(file: string): Promise<StoredTensors> {
    const stored = await readStored(file);
    return new StoredTensors(file, [stored.realFile], withoutWrapper(stored.tensors));
  }

  /**
   * Opens all shards of a `model.safetensors.index.json`.
   * @throws CoopError as `openFile`, and `model.invalid` when the index names a tensor its shard lacks
   */
  static async openIndex(index: string): Promise<StoredTensors> {
    const { weight_map: map } = await readConfig(index, INDEX);
    const shards = [...new Set(Object.values(map))].sort();
    for (const shard of shards) {
      if (shard !== basename(shard) || shard === '..')
        throw modelInvalid(index, `${JSON.stringify(shard)} is not a file of this folder`);
    }
    const stored = await Promise.all(shards.map(shard => readStored(join(dirname(index), shard))));
    const tensors = new Map<string, StoredTensor>();
    for (const [name, shard] of Object.entries(map)) {
      const found = stored[shards.indexOf(shard)]!.tensors.get(name);
      if (found === undefined)
        throw modelInvalid(index, `it places the tensor ${name} in ${shard}, which does not hold it`);
      tensors.set(name, found);
    }
    const files = stored.map(({ realFile }) => realFile);
    return new StoredTensors(index, files, withoutWrapper(tensors));
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Undefined when there is no such tensor. */
  shape(name: string): readonly number[] | undefined {
    return this.tensors.get(name)?.info.shape;
  }

  /** How many tensors have a name like this. */
  count(name: RegExp): number {
    return [...this.tensors.keys()].filter(each => name.test(each)).length;
  }

  /**
   * @param shape what the configuration says it must be
   * @throws CoopError `model.invalid` when it is absent or has another shape, `model.unsupported` for its type
   */
  node(name: string, shape: readonly number[]): Node {
    return weight(this.locate(name, shape));
  }

  /** The values of one tensor, float32, row-major. */
  async values(name: string, shape: readonly number[]): Promise<Float32Array> {
    this.locate(name, shape);
    const { realFile, info } = this.tensors.get(name)!;
    return readTensor(realFile, info);
  }

  /** @throws CoopError `model.unsupported` when the files hold a tensor that the model built from them does not read */
  checkAllUsed(): void {
    for (const [name, { shownFile }] of this.tensors) {
      if (this.used.has(name) || IRRELEVANT.test(name)) continue;
      throw modelUnsupported(shownFile, `the tensor ${name} belongs to no part of a plain CLIP`);
    }
  }

  private locate(name: string, shape: readonly number[]): WeightRef {
    const found = this.tensors.get(name);
    if (found === undefined) throw modelInvalid(this.shownFile, `the tensor ${name} is missing`);
    const { info, realFile, shownFile } = found;
    const { dtype } = info;
    if (info.shape.length !== shape.length || info.shape.some((size, axis) => size !== shape[axis])) {
      throw modelInvalid(
        shownFile,
        `the tensor ${name} has the shape ${showShape(info.shape)}, but the configuration asks for ${showShape(shape)}`,
      );
    }
    if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16' && dtype !== 'F64') {
      throw modelUnsupported(
        shownFile,
        `the tensor ${name} is stored as ${dtype}, not as F32, F16, BF16 or F64`,
      );
    }
    this.used.add(name);
    return { file: realFile, offset: info.offset, bytes: info.bytes, dtype, shape };
  }
}

const INDEX = v.object({ weight_map: v.record(v.string(), v.string()) });

async function readStored(shownFile: string) {
  try {
    const realFile = await realpath(shownFile);
    const { tensors } = await readSafetensorsHeader(realFile);
    return {
      realFile,
      tensors: new Map(
        [...tensors].map(([name, info]): [string, StoredTensor] => [name, { shownFile, realFile, info }]),
      ),
    };
  } catch (thrown) {
    if (!isNotFound(thrown)) throw readError(thrown, shownFile);
    throw modelMissing(
      shownFile,
      `${shownFile} does not exist.`,
      'Download the whole model again; a download may have stopped half-way.',
      thrown,
    );
  }
}

/** Names without the prefixes that all of them share: one wrapper may stand in another. */
function withoutWrapper(tensors: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  const names = [...tensors.keys()];
  const wrapper = WRAPPERS.find(prefix => names.length > 0 && names.every(name => name.startsWith(prefix)));
  if (wrapper === undefined) return tensors;
  return withoutWrapper(new Map([...tensors].map(([name, tensor]) => [name.slice(wrapper.length), tensor])));
}
