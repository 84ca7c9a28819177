import { writeStoredZip, type ZipContent } from './write-stored-zip';

/** A tensor of float32 numbers, row-major. */
export interface TensorToSave {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What can be saved: whole numbers, texts, tensors, and dicts of them. */
export type Saved = number | string | TensorToSave | ReadonlyMap<string, Saved>;

const ARCHIVE = 'archive';
const OPCODE = {
  protocol: 0x80,
  global: 0x63,
  reduce: 0x52,
  persistentId: 0x51,
  emptyTuple: 0x29,
  mark: 0x28,
  tuple: 0x74,
  setItems: 0x75,
  text: 0x58,
  byte: 0x4b,
  int32: 0x4a,
  long: 0x8a,
  false: 0x89,
  stop: 0x2e,
} as const;

/**
 * What torch.save writes since PyTorch 1.6: a zip archive with the structure as a pickle (protocol 2) and the numbers of
 * each tensor beside it (torch/serialization.py, _save). It names nothing but what `torch.load(weights_only=True)` allows.
 * @throws Error beyond 4 GiB
 */
export function writeTorchFile(root: Saved): Uint8Array<ArrayBuffer> {
  const storages: Uint8Array[] = [];
  const pickle: (number | string | Buffer)[] = [OPCODE.protocol, 2];
  write(root, pickle, storages);
  pickle.push(OPCODE.stop);
  const entry = (name: string, bytes: Uint8Array | string): ZipContent => ({
    name: `${ARCHIVE}/${name}`,
    bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
  });
  return writeStoredZip([
    entry('data.pkl', Buffer.concat(pickle.map(bytesOf))),
    entry('byteorder', 'little'),
    ...storages.map((bytes, key) => entry(`data/${key}`, bytes)),
    entry('version', '3\n'),
  ]);
}

function bytesOf(part: number | string | Buffer): Buffer {
  if (typeof part === 'number') return Buffer.of(part);
  return typeof part === 'string' ? Buffer.from(part) : part;
}

function write(value: Saved, pickle: (number | string | Buffer)[], storages: Uint8Array[]): void {
  if (typeof value === 'number') pickle.push(...integer(value));
  else if (typeof value === 'string') pickle.push(...text(value));
  else if (isTensor(value)) pickle.push(...tensor(value, storages));
  else {
    pickle.push(OPCODE.global, 'collections\nOrderedDict\n', OPCODE.emptyTuple, OPCODE.reduce, OPCODE.mark);
    for (const [key, each] of value) {
      pickle.push(...text(key));
      write(each, pickle, storages);
    }
    pickle.push(OPCODE.setItems);
  }
}

const isTensor = (value: TensorToSave | ReadonlyMap<string, Saved>): value is TensorToSave =>
  !(value instanceof Map);

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)` (torch/_utils.py). */
function tensor({ shape, values }: TensorToSave, storages: Uint8Array[]) {
  const key = storages.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)) - 1;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  return [
    ...[OPCODE.global, 'torch._utils\n_rebuild_tensor_v2\n', OPCODE.mark],
    ...[OPCODE.mark, ...text('storage'), OPCODE.global, 'torch\nFloatStorage\n'],
    ...[...text(`${key}`), ...text('cpu'), ...integer(values.length), OPCODE.tuple, OPCODE.persistentId],
    ...integer(0),
    ...tuple(shape),
    ...tuple(strides),
    OPCODE.false,
    ...[OPCODE.global, 'collections\nOrderedDict\n', OPCODE.emptyTuple, OPCODE.reduce],
    ...[OPCODE.tuple, OPCODE.reduce],
  ];
}

const tuple = (numbers: readonly number[]) => [OPCODE.mark, ...numbers.flatMap(integer), OPCODE.tuple];

function text(value: string): (number | Buffer)[] {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length, 0);
  return [OPCODE.text, length, bytes];
}

/** @param value at least 0 */
function integer(value: number): (number | Buffer)[] {
  if (value < 2 ** 8) return [OPCODE.byte, value];
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value), 0);
  return value < 2 ** 31 ? [OPCODE.int32, bytes.subarray(0, 4)] : [OPCODE.long, 8, bytes];
}
