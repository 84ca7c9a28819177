import { type FileHandle, open, stat } from 'node:fs/promises';
import { CoopError } from '../../shared/errors';
import { repeatedKey } from '../disk/duplicate-keys';
import { readError } from '../disk/file-error';
import { narrowToBfloat, narrowToHalf, widenBfloat, widenHalf } from './half';

/** Bits per element of every type of the format. */
const BITS = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  BOOL: 8,
  U8: 8,
  I8: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type SafetensorsDtype = keyof typeof BITS;

/** Where one tensor lies: `offset` is its first byte counted from the start of the file. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A tensor to write. F16 and BF16 take float32 values, rounded to nearest even; else the array's type decides. */
export type TensorToWrite =
  | { readonly shape: readonly number[]; readonly dtype: 'F16' | 'BF16'; readonly data: Float32Array }
  | {
      readonly shape: readonly number[];
      readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;
    };

const LENGTH_BYTES = 8;
/** The reference reader's own limit; a model of 100,000 tensors needs about 15 MB. Bounds memory and time (CWE-770). */
export const MAX_HEADER_BYTES = 100_000_000;
/** The largest published single files hold about 10,000 tensors; an object per tensor costs memory (CWE-770). */
export const MAX_TENSORS = 200_000;
/** Weights of networks have at most 5 dimensions; numpy's limit for any array was 32 for decades. */
export const MAX_RANK = 32;
const METADATA_KEY = '__metadata__';
/** Node refuses one read of 2 GiB or more. */
const MAX_READ_BYTES = 1 << 30;
const HEADER_ALIGNMENT = 8;
const OPEN_BRACE = 0x7b;

/**
 * Reads and checks the header of a safetensors file. Afterwards every tensor is known to lie inside the file, to
 * have as many bytes as type and shape say, and to share no byte with another one.
 * @throws CoopError `file.access`, `file.corrupt` (the file breaks the format), `file.limit` (it exceeds a limit)
 */
export async function readSafetensorsHeader(file: string): Promise<SafetensorsHeader> {
  return withFile(file, async (handle, size) => {
    if (size < LENGTH_BYTES) throw corrupt(file, `it has only ${size} bytes`);
    const prefix = await readRange(handle, file, 0, LENGTH_BYTES, 'its header');
    const length = headerLength(prefix, size, file);
    const text = await readRange(handle, file, LENGTH_BYTES, length, 'its header');
    return parseHeader(text, size, file);
  });
}

/**
 * The values of one tensor as float32. Floats narrower than that are widened exactly; float64 and integers are
 * rounded to nearest (exact up to 2²⁴).
 * @throws CoopError `file.access`, `file.corrupt` when the file shrank, `model.unsupported` for a type without numbers here
 */
export async function readTensor(file: string, info: TensorInfo): Promise<Float32Array> {
  const bytes = await readTensorBytes(file, info);
  const values = viewNumbers(bytes, info, file);
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

/** As `readTensor`, as float64: exact for every type except 64-bit integers beyond 2⁵³. */
export async function readTensorF64(file: string, info: TensorInfo): Promise<Float64Array> {
  const bytes = await readTensorBytes(file, info);
  const values = viewNumbers(bytes, info, file);
  return values instanceof Float64Array ? values : Float64Array.from(values);
}

/** The bytes of one tensor, little-endian, C order, at the start of a buffer of their own. */
export async function readTensorBytes(file: string, info: TensorInfo): Promise<Uint8Array<ArrayBuffer>> {
  return withFile(file, async (handle, size) => {
    if (info.offset + info.bytes > size) throw corrupt(file, `it ends inside the tensor ${quote(info.name)}`);
    return readRange(handle, file, info.offset, info.bytes, `the tensor ${quote(info.name)}`);
  });
}

/**
 * A whole safetensors file. The same tensors and metadata give the same bytes whatever their order in the maps:
 * wide types first (so that each tensor is aligned), then by name.
 * @throws RangeError when a shape does not fit its data
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const stored = [...tensors].map(([name, tensor]) => store(name, tensor));
  stored.sort((a, b) => BITS[b.dtype] - BITS[a.dtype] || (a.name < b.name ? -1 : 1));
  const keys = Object.keys(metadata).sort();
  const entries: [string, unknown][] = [];
  if (keys.length > 0)
    entries.push([METADATA_KEY, Object.fromEntries(keys.map(key => [key, metadata[key]!]))]);
  let end = 0;
  for (const { name, dtype, shape, bytes } of stored) {
    entries.push([name, { dtype, shape, data_offsets: [end, end + bytes.length] }]);
    end += bytes.length;
  }
  // An object would put names that look like integers first, so the text is built entry by entry.
  const json = `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const padded = Math.ceil(text.length / HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
  const file = new Uint8Array(LENGTH_BYTES + padded + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.fill(0x20, LENGTH_BYTES + text.length, LENGTH_BYTES + padded);
  file.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + padded;
  for (const { bytes } of stored) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

function headerLength(prefix: Uint8Array, size: number, file: string): number {
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > BigInt(size - LENGTH_BYTES))
    throw corrupt(file, `its header would have ${length} bytes, but the file has only ${size}`);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw limit(file, `its header has ${length} bytes; at most ${MAX_HEADER_BYTES} are read`);
  return Number(length);
}

/** Pure part of `readSafetensorsHeader`: `text` is the JSON, `size` the length of the whole file. */
function parseHeader(text: Uint8Array, size: number, file: string): SafetensorsHeader {
  if (text[0] !== OPEN_BRACE) throw corrupt(file, 'its header is not JSON');
  const { json, source } = parseJson(text, file);
  const repeated = repeatedKey(source);
  if (repeated !== undefined) throw corrupt(file, `its header names ${quote(repeated)} twice`);
  const start = LENGTH_BYTES + text.length;
  const tensors = new Map<string, TensorInfo>();
  let metadata: Readonly<Record<string, string>> = {};
  const entries = Object.entries(json);
  if (entries.length > MAX_TENSORS)
    throw limit(file, `it lists ${entries.length} tensors; at most ${MAX_TENSORS} are read`);
  for (const [name, value] of entries) {
    if (name === METADATA_KEY) metadata = parseMetadata(value, file);
    else tensors.set(name, parseTensor(name, value, start, size, file));
  }
  checkCoverage([...tensors.values()], start, size, file);
  return { tensors, metadata };
}

function parseJson(
  text: Uint8Array,
  file: string,
): { json: Readonly<Record<string, unknown>>; source: string } {
  try {
    const source = new TextDecoder('utf-8', { fatal: true }).decode(text);
    const json: unknown = JSON.parse(source);
    if (isRecord(json)) return { json, source };
  } catch (thrown) {
    throw corrupt(file, 'its header is not valid JSON', thrown);
  }
  throw corrupt(file, 'its header is not a JSON object');
}

function parseMetadata(value: unknown, file: string): Readonly<Record<string, string>> {
  if (!isRecord(value)) throw corrupt(file, `${METADATA_KEY} is not an object`);
  const texts = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') throw corrupt(file, `the metadata value ${quote(key)} is not a string`);
    return [key, text];
  });
  return Object.fromEntries(texts);
}

function parseTensor(name: string, value: unknown, start: number, size: number, file: string): TensorInfo {
  const subject = `the tensor ${quote(name)}`;
  if (!isRecord(value)) throw corrupt(file, `${subject} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !isDtype(dtype))
    throw corrupt(file, `${subject} has the type ${quote(String(dtype))}, which the format does not know`);
  if (!isCounts(shape)) throw corrupt(file, `${subject} has no valid shape`);
  if (shape.length > MAX_RANK)
    throw limit(file, `${subject} has ${shape.length} dimensions; at most ${MAX_RANK} are read`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw corrupt(file, `${subject} has no valid data_offsets`);
  const [from, to] = [offsets[0]!, offsets[1]!];
  if (start + to > size) throw corrupt(file, `${subject} reaches beyond the end of the file`);
  const bytes = shape.reduce((product, dimension) => product * dimension, BITS[dtype]) / 8;
  // A product too large for float64 is not exact, but then it cannot equal the number of bytes in a real file.
  if (bytes !== to - from)
    throw corrupt(
      file,
      `${subject} has ${to - from} bytes, but ${dtype} [${shape.join(', ')}] needs ${bytes}`,
    );
  return { name, dtype, shape, offset: start + from, bytes };
}

/** The format wants every byte after the header to belong to exactly one tensor. */
function checkCoverage(tensors: readonly TensorInfo[], start: number, size: number, file: string): void {
  let end = start;
  let previous = '';
  for (const { name, offset, bytes } of tensors.toSorted(
    (a, b) => a.offset - b.offset || a.bytes - b.bytes,
  )) {
    if (offset < end) throw corrupt(file, `the tensors ${quote(previous)} and ${quote(name)} overlap`);
    if (offset > end)
      throw corrupt(file, `${offset - end} bytes before the tensor ${quote(name)} belong to none`);
    end = offset + bytes;
    previous = name;
  }
  if (end !== size) throw corrupt(file, `${size - end} bytes at its end belong to no tensor`);
}

function viewNumbers(
  bytes: Uint8Array<ArrayBuffer>,
  info: TensorInfo,
  file: string,
): Iterable<number> & ArrayLike<number> {
  const { buffer } = bytes;
  switch (info.dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return new Float64Array(buffer);
    case 'F16':
      return widenHalf(new Uint16Array(buffer));
    case 'BF16':
      return widenBfloat(new Uint16Array(buffer));
    case 'I64':
      return Float64Array.from(new BigInt64Array(buffer), Number);
    case 'U64':
      return Float64Array.from(new BigUint64Array(buffer), Number);
    case 'I32':
      return new Int32Array(buffer);
    case 'U32':
      return new Uint32Array(buffer);
    case 'I16':
      return new Int16Array(buffer);
    case 'U16':
      return new Uint16Array(buffer);
    case 'I8':
      return new Int8Array(buffer);
    case 'U8':
    case 'BOOL':
      return bytes;
    default:
      throw new CoopError(
        'model.unsupported',
        `The tensor ${quote(info.name)} of ${file} has the type ${info.dtype}, which is not read here.`,
        { subject: file, next: 'Use weights stored as float32, float16 or bfloat16.' },
      );
  }
}

function store(name: string, tensor: TensorToWrite) {
  if (name === METADATA_KEY) throw new RangeError(`${METADATA_KEY} cannot name a tensor`);
  const { shape } = tensor;
  const { dtype, bytes } = encode(tensor);
  const needed = shape.reduce((product, dimension) => product * dimension, BITS[dtype] / 8);
  if (needed !== bytes.length)
    throw new RangeError(
      `tensor ${name}: ${bytes.length} bytes of ${dtype} do not fill [${shape.join(', ')}]`,
    );
  return { name, dtype, shape, bytes };
}

function encode(tensor: TensorToWrite): { readonly dtype: SafetensorsDtype; readonly bytes: Uint8Array } {
  const { data } = tensor;
  if ('dtype' in tensor) {
    const bits = tensor.dtype === 'F16' ? narrowToHalf(tensor.data) : narrowToBfloat(tensor.data);
    return { dtype: tensor.dtype, bytes: new Uint8Array(bits.buffer) };
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof Float32Array) return { dtype: 'F32', bytes };
  if (data instanceof Float64Array) return { dtype: 'F64', bytes };
  if (data instanceof Int32Array) return { dtype: 'I32', bytes };
  if (data instanceof BigInt64Array) return { dtype: 'I64', bytes };
  return { dtype: 'U8', bytes };
}

async function withFile<T>(file: string, use: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  try {
    const facts = await stat(file);
    // A pipe or a device has no size, and opening one may wait for ever.
    if (!facts.isFile()) throw corrupt(file, 'it is not a regular file');
    const handle = await open(file, 'r');
    try {
      return await use(handle, (await handle.stat()).size);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw readError(thrown, file);
  }
}

async function readRange(
  handle: FileHandle,
  file: string,
  offset: number,
  length: number,
  part: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(
      bytes,
      done,
      Math.min(length - done, MAX_READ_BYTES),
      offset + done,
    );
    if (bytesRead === 0) throw corrupt(file, `it ends inside ${part}`);
    done += bytesRead;
  }
  return bytes;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDtype(text: string): text is SafetensorsDtype {
  return Object.hasOwn(BITS, text);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(item => Number.isSafeInteger(item) && item >= 0);
}

/** A name from the file, made safe and short enough for a message. */
function quote(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 117)}…` : name);
}

function corrupt(file: string, cause: string, thrown?: unknown): CoopError {
  return new CoopError('file.corrupt', `${file} is not a valid safetensors file: ${cause}.`, {
    subject: file,
    next: 'Download or write the file again.',
    ...(thrown === undefined ? {} : { cause: thrown }),
  });
}

function limit(file: string, cause: string): CoopError {
  return new CoopError('file.limit', `${file} is larger than this reader allows: ${cause}.`, {
    subject: file,
    next: 'Check that it comes from a source you trust.',
  });
}
