import type { SafetensorsDtype } from '../../../files/tensors/safetensors-header';
import { MAX_RANK, MAX_TENSORS } from '../../../files/tensors/safetensors-header';
import type { PersistentId, PickleObject } from './pickle';
import { storageType } from './storage-types';
import { globalName, type StoragePlace, type TorchFile } from './torch-file';

/** Where the numbers of one tensor lie in the file. */
export interface TorchTensorPlace {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** In numbers, one per dimension. */
  readonly strides: readonly number[];
  /** Of its first number, in the file. */
  readonly offset: number;
  /** Of all its numbers together; without gaps they lie from `offset` on. */
  readonly bytes: number;
  /** C order without gaps. */
  readonly contiguous: boolean;
}

/** Where training programs put the weights beside optimiser and epoch. */
const STATE_KEYS = ['state_dict', 'model_state_dict', 'model', 'module', 'state_dict_ema', 'net'];
const MAX_DEPTH = 64;

/**
 * The tensors of a file by name: of a state dict, alone or as one entry of a checkpoint, of a TorchScript module or of a
 * pickled nn.Module. Numbers and texts among them are passed over.
 * @throws Error naming the tensor that is none, reaches beyond its storage, or has numbers that are not read here
 */
export async function torchTensors(file: TorchFile): Promise<ReadonlyMap<string, TorchTensorPlace>> {
  const found = new Map<string, unknown>();
  collect(stateOf(file.root), '', found, 0);
  if (found.size === 0) throw new Error('its state_dict is empty');
  const places = new Map<string, StoragePlace | undefined>();
  const tensors = new Map<string, TorchTensorPlace>();
  for (const [name, value] of found) {
    const parts = partsOf(name, value);
    if (!places.has(parts.key)) places.set(parts.key, await file.storage(parts.key));
    tensors.set(name, placeOf(name, parts, places.get(parts.key)));
  }
  return tensors;
}

/** The part of a file that holds the weights. */
function stateOf(root: unknown): unknown {
  if (!(root instanceof Map)) {
    if (isModule(root)) return root;
    throw new Error('it holds no state_dict');
  }
  if ([...root.values()].some(isTensor)) return root;
  const key = STATE_KEYS.find(each => root.get(each) instanceof Map || isModule(root.get(each)));
  if (key !== undefined) return root.get(key);
  const names = [...root.keys()].slice(0, 5).map(name => JSON.stringify(String(name).slice(0, 40)));
  if (names.length === 0) throw new Error('its state_dict is empty');
  const more = root.size > names.length ? ', …' : '';
  throw new Error(`it holds no state_dict: its entries are ${names.join(', ')}${more}`);
}

function collect(value: unknown, prefix: string, found: Map<string, unknown>, depth: number): void {
  if (depth > MAX_DEPTH) throw new Error('its modules nest too deeply');
  if (value instanceof Map) {
    for (const [name, each] of value) {
      if (typeof name !== 'string' || typeof each !== 'object' || each === null) continue;
      found.set(prefix + name, each);
    }
  } else {
    for (const [name, each] of attributesOf(value as PickleObject)) {
      if (isTensor(each)) found.set(prefix + name, each);
      else if (isModule(each)) collect(each, `${prefix}${name}.`, found, depth + 1);
    }
  }
  if (found.size > MAX_TENSORS) throw new Error(`it lists more than ${MAX_TENSORS} tensors`);
}

/** Attributes of a module: TorchScript keeps all in one dict, nn.Module in three. */
function attributesOf({ state }: PickleObject): Iterable<[string, unknown]> {
  const all = state as ReadonlyMap<unknown, unknown>;
  const parts = ['_parameters', '_buffers', '_modules'].map(name => all.get(name));
  const dicts = parts.some(part => part instanceof Map) ? parts : [all];
  return dicts.flatMap(dict =>
    dict instanceof Map
      ? [...dict].filter((entry): entry is [string, unknown] => typeof entry[0] === 'string')
      : [],
  );
}

const isModule = (value: unknown): value is PickleObject =>
  (value as Partial<PickleObject> | null | undefined)?.kind === 'object' &&
  (value as PickleObject).state instanceof Map;

const REBUILD = 'torch._utils._rebuild_tensor_v2';
const PARAMETERS = ['torch._utils._rebuild_parameter', 'torch._utils._rebuild_parameter_with_state'];

function isTensor(value: unknown): boolean {
  const { kind, callee } = (value ?? {}) as Partial<PickleObject>;
  return kind === 'object' && [REBUILD, ...PARAMETERS].includes(globalName(callee));
}

interface TensorParts {
  readonly key: string;
  readonly storage: unknown;
  readonly numbers: unknown;
  readonly offset: unknown;
  readonly shape: unknown;
  readonly strides: unknown;
}

function partsOf(name: string, value: unknown): TensorParts {
  const { callee, args } = (value ?? {}) as Partial<PickleObject>;
  if (PARAMETERS.includes(globalName(callee)) && Array.isArray(args)) return partsOf(name, args[0]);
  if (globalName(callee) !== REBUILD || !Array.isArray(args)) throw new Error(`${name} is not a tensor`);
  const [storage, offset, shape, strides] = args as readonly unknown[];
  const id = (storage as Partial<PersistentId> | null)?.id;
  if (!Array.isArray(id) || id[0] !== 'storage') throw new Error(`${name} has no storage`);
  if (id[5] != null) throw new Error(`${name} is a view of a storage, as PyTorch before 0.4 wrote them`);
  return { key: String(id[2]), storage: id[1], numbers: id[4], offset, shape, strides };
}

function placeOf(name: string, parts: TensorParts, place: StoragePlace | undefined): TorchTensorPlace {
  const { offset, shape, strides } = parts;
  const type = storageType(parts.storage);
  if (type === undefined)
    throw new Error(`${name} is stored as ${globalName(parts.storage)}, whose numbers are not read here`);
  if (!(isIndex(offset) && isIndices(shape) && isIndices(strides) && shape.length === strides.length))
    throw new Error(`${name} has an impossible shape, stride or offset`);
  if (place === undefined) throw new Error(`the storage of ${name} is missing`);
  if (place.bytes !== Number(parts.numbers) * type.bytes)
    throw new Error(
      `the storage of ${name} has ${place.bytes} bytes, not those of ${String(parts.numbers)} numbers`,
    );
  const count = shape.reduce((product, size) => product * size, 1);
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
  const held = place.bytes / type.bytes;
  // A broadcast (stride 0) would take more numbers than the file has.
  if (count > 0 && (last >= held || count > held)) throw new Error(`${name} reaches beyond its storage`);
  return {
    name,
    dtype: type.dtype,
    shape,
    strides,
    offset: place.offset + offset * type.bytes,
    bytes: count * type.bytes,
    contiguous: isContiguous(shape, strides),
  };
}

/** Strides of dimensions of one element do not matter. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isIndices = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MAX_RANK && value.every(isIndex);
