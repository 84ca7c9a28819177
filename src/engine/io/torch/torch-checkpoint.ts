import { readBoundedFile } from '../../../files/disk/read-bounded-file';
import { widenBfloat, widenHalf } from '../../../files/tensors/half';
import { CoopError } from '../../../shared/errors';
import { type PersistentId, type PickleGlobal, type PickleObject, readPickle } from './pickle';
import { storedZipEntries } from './stored-zip';

export interface TorchTensor {
  readonly dtype: 'float16' | 'bfloat16' | 'float32';
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

/** What CoOp's and Dassl's `save_checkpoint` writes (Dassl, utils/torchtools.py). */
export interface TorchCheckpoint {
  /** `state_dict`, without the `module.` that distributed training puts before its names. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly epoch: number | null;
  /** Accuracy in percent. */
  readonly valResult: number | null;
}

/** A prompt learner's file holds a few embeddings per class; this is 20,000 classes at width 512. */
const MAX_BYTES = 2 ** 30;
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

/** Bytes per number, and the type where its numbers are read; others only have to be passed over. */
const STORAGES: Readonly<Record<string, { readonly size: number; readonly dtype?: TorchTensor['dtype'] }>> = {
  'torch.HalfStorage': { size: 2, dtype: 'float16' },
  'torch.BFloat16Storage': { size: 2, dtype: 'bfloat16' },
  'torch.FloatStorage': { size: 4, dtype: 'float32' },
  'torch.DoubleStorage': { size: 8 },
  'torch.LongStorage': { size: 8 },
  'torch.IntStorage': { size: 4 },
  'torch.ShortStorage': { size: 2 },
  'torch.CharStorage': { size: 1 },
  'torch.ByteStorage': { size: 1 },
  'torch.BoolStorage': { size: 1 },
};

type Storages = (key: string) => Uint8Array | undefined;

/**
 * Reads a checkpoint of torch.save, of today's zip form or the pickle stream before PyTorch 1.6. Nothing in it is
 * executed: objects it wants to make stay inert.
 * @throws CoopError `file.corrupt`, `file.limit`, `file.access`
 */
export async function readTorchCheckpoint(file: string): Promise<TorchCheckpoint> {
  const bytes = await readBoundedFile(file, MAX_BYTES);
  try {
    const zip = bytes[0] === 0x50 && bytes[1] === 0x4b;
    const { root, storages } = zip ? fromZip(bytes) : fromStream(bytes);
    return checkpointOf(root, storages);
  } catch (thrown) {
    if (thrown instanceof CoopError) throw thrown;
    throw new CoopError(
      'file.corrupt',
      `${file} is no checkpoint of torch.save: ${(thrown as Error).message}.`,
      {
        subject: file,
        cause: thrown,
        next: 'Choose the file that CoOp wrote: OUTPUT/prompt_learner/model.pth.tar-50.',
      },
    );
  }
}

function fromZip(bytes: Uint8Array): { root: unknown; storages: Storages } {
  const entries = storedZipEntries(bytes);
  const pickle = [...entries.keys()].find(name => name.endsWith('/data.pkl'));
  if (pickle === undefined) throw new Error('it is a zip archive without data.pkl');
  const prefix = pickle.slice(0, -'data.pkl'.length);
  const order = entries.get(`${prefix}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order).trim() !== 'little')
    throw new Error('its numbers are big-endian');
  return {
    root: readPickle(entries.get(pickle)!).value,
    // A key is a name within the archive, never a path.
    storages: key => entries.get(`${prefix}data/${key}`),
  };
}

function fromStream(bytes: Uint8Array): { root: unknown; storages: Storages } {
  const magic = readPickle(bytes);
  if (magic.value !== LEGACY_MAGIC) throw new Error('it is a pickle of something else');
  const protocol = readPickle(bytes, magic.end);
  if (protocol.value !== LEGACY_PROTOCOL) throw new Error(`its protocol is ${String(protocol.value)}`);
  const system = readPickle(bytes, protocol.end);
  const main = readPickle(bytes, system.end);
  const keys = readPickle(bytes, main.end);
  const sizes = storageSizes(main.value);
  const storages = new Map<string, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = keys.end;
  for (const key of Array.isArray(keys.value) ? keys.value.map(String) : []) {
    if (at + 8 > bytes.length) throw new Error('it is cut off');
    const count = Number(view.getBigInt64(at, true));
    const length = count * (sizes.get(key) ?? Number.NaN);
    at += 8;
    if (!(length >= 0 && at + length <= bytes.length))
      throw new Error(`its storage ${JSON.stringify(key)} is cut off`);
    storages.set(key, bytes.subarray(at, at + length));
    at += length;
  }
  return { root: main.value, storages: key => storages.get(key) };
}

/** Bytes per number of every storage that a pickle refers to, by key. */
function storageSizes(root: unknown): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  const seen = new Set<unknown>();
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Map) waiting.push(...value.keys(), ...value.values());
    else if (Array.isArray(value)) waiting.push(...value);
    else if ((value as Partial<PersistentId>).kind === 'persistent') {
      const { id } = value as PersistentId;
      const size = Array.isArray(id) ? STORAGES[nameOf(id[1])]?.size : undefined;
      if (size !== undefined) sizes.set(String((id as unknown[])[2]), size);
    } else if ((value as Partial<PickleObject>).kind === 'object') {
      const { args, state } = value as PickleObject;
      waiting.push(args, state);
    }
  }
  return sizes;
}

const nameOf = (value: unknown) =>
  (value as Partial<PickleGlobal> | null)?.kind === 'global' ? (value as PickleGlobal).name : '';

function checkpointOf(root: unknown, storages: Storages): TorchCheckpoint {
  const state = root instanceof Map ? (root.get('state_dict') ?? root) : null;
  if (!(state instanceof Map)) throw new Error('it holds no state_dict');
  const tensors = new Map<string, TorchTensor>();
  for (const [name, value] of state) {
    if (typeof name !== 'string') continue;
    const plain = name.replace(/^module\./, '');
    tensors.set(plain, tensorOf(plain, value, storages));
  }
  if (tensors.size === 0) throw new Error('its state_dict is empty');
  const number = (key: string) => {
    const value = (root as Map<unknown, unknown>).get(key);
    return typeof value === 'number' ? value : null;
  };
  return { tensors, epoch: number('epoch'), valResult: number('val_result') };
}

function tensorOf(name: string, value: unknown, storages: Storages): TorchTensor {
  const { callee, args } = (value ?? {}) as Partial<PickleObject>;
  if (nameOf(callee) === 'torch._utils._rebuild_parameter' && Array.isArray(args))
    return tensorOf(name, args[0], storages);
  if (nameOf(callee) !== 'torch._utils._rebuild_tensor_v2' || !Array.isArray(args))
    throw new Error(`${name} is not a tensor`);
  const [storage, offset, shape, strides] = args as readonly unknown[];
  const id = (storage as Partial<PersistentId> | null)?.id;
  if (!Array.isArray(id) || id[0] !== 'storage') throw new Error(`${name} has no storage`);
  const { size: itemSize = 0, dtype } = STORAGES[nameOf(id[1])] ?? {};
  if (dtype === undefined)
    throw new Error(`${name} is stored as ${nameOf(id[1])}, not as float16, bfloat16 or float32`);
  if (!(isIndex(offset) && isIndices(shape) && isIndices(strides) && shape.length === strides.length))
    throw new Error(`${name} has an impossible shape, stride or offset`);
  const bytes = storages(String(id[2]));
  if (bytes === undefined) throw new Error(`the storage of ${name} is missing`);
  if (bytes.length !== Number(id[4]) * itemSize)
    throw new Error(
      `the storage of ${name} has ${bytes.length} bytes, not those of ${String(id[4])} numbers`,
    );
  const count = shape.reduce((product, size) => product * size, 1);
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
  if (count > 0 && (last >= bytes.length / itemSize || count > bytes.length / itemSize))
    throw new Error(`${name} reaches beyond its storage`);
  return {
    dtype,
    shape,
    values: gather(widen(bytes, dtype), offset, shape, strides, count),
  };
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isIndices = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= 8 && value.every(isIndex);

function widen(bytes: Uint8Array, dtype: TorchTensor['dtype']): Float32Array {
  // A copy of its own, aligned; slice() of a Buffer would share memory.
  const { buffer } = new Uint8Array(bytes);
  if (dtype === 'float32') return new Float32Array(buffer);
  return dtype === 'float16' ? widenHalf(new Uint16Array(buffer)) : widenBfloat(new Uint16Array(buffer));
}

function gather(
  stored: Float32Array,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
  count: number,
): Float32Array {
  const out = new Float32Array(count);
  const index = shape.map(() => 0);
  let from = offset;
  for (let at = 0; at < count; at++) {
    out[at] = stored[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      from += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
