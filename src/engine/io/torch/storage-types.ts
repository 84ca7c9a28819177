import type { SafetensorsDtype } from '../../../files/tensors/safetensors-header';
import type { PickleGlobal } from './pickle';

interface StorageType {
  readonly dtype: SafetensorsDtype;
  readonly bytes: number;
}

/** The number type of each class of storage (PyTorch, torch/storage.py, _storage_type_to_dtype). */
const TYPES: ReadonlyMap<string, StorageType> = new Map([
  ['torch.HalfStorage', { dtype: 'F16', bytes: 2 }],
  ['torch.BFloat16Storage', { dtype: 'BF16', bytes: 2 }],
  ['torch.FloatStorage', { dtype: 'F32', bytes: 4 }],
  ['torch.DoubleStorage', { dtype: 'F64', bytes: 8 }],
  ['torch.LongStorage', { dtype: 'I64', bytes: 8 }],
  ['torch.IntStorage', { dtype: 'I32', bytes: 4 }],
  ['torch.ShortStorage', { dtype: 'I16', bytes: 2 }],
  ['torch.CharStorage', { dtype: 'I8', bytes: 1 }],
  ['torch.ByteStorage', { dtype: 'U8', bytes: 1 }],
  ['torch.BoolStorage', { dtype: 'BOOL', bytes: 1 }],
]);

/** Undefined for what is no storage, or one of numbers that are not read here. */
export function storageType(value: unknown): StorageType | undefined {
  const { kind, name } = (value ?? {}) as Partial<PickleGlobal>;
  return kind === 'global' ? TYPES.get(name!) : undefined;
}
