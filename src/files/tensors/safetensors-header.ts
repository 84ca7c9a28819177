import { CoopError } from '../../shared/errors';
import { repeatedKey } from '../disk/duplicate-keys';

/** Bits per element of every type of the format. */
export const BITS = {
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

export const LENGTH_BYTES = 8;
/** The reference reader's own limit; a model of 100,000 tensors needs about 15 MB. Bounds memory and time (CWE-770). */
export const MAX_HEADER_BYTES = 100_000_000;
/** The largest published single files hold about 10,000 tensors; an object per tensor costs memory (CWE-770). */
export const MAX_TENSORS = 200_000;
/** Weights of networks have at most 5 dimensions; numpy's limit for any array was 32 for decades. */
export const MAX_RANK = 32;
export const METADATA_KEY = '__metadata__';
const OPEN_BRACE = 0x7b;
const COLON = 0x3a;
const COMMA = 0x2c;
/** Name, three fields, two offsets, up to ten dimensions. */
const VALUES_PER_TENSOR = 16;

/**
 * @param prefix the first `LENGTH_BYTES` bytes of the file
 * @param size length of the whole file
 */
export function headerLength(prefix: Uint8Array, size: number, file: string): number {
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > BigInt(size - LENGTH_BYTES))
    throw corrupt(file, `its header would have ${length} bytes, but the file has only ${size}`);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw limit(file, `its header has ${length} bytes; at most ${MAX_HEADER_BYTES} are read`);
  return Number(length);
}

/** Checks a header: `text` is the JSON, `size` the length of the whole file. */
export function parseHeader(text: Uint8Array, size: number, file: string): SafetensorsHeader {
  if (text[0] !== OPEN_BRACE) throw corrupt(file, 'its header is not JSON');
  checkCount(text, file);
  const { json, source } = parseJson(text, file);
  const repeated = repeatedKey(source);
  if (repeated !== undefined) throw corrupt(file, `its header names ${quote(repeated)} twice`);
  const start = LENGTH_BYTES + text.length;
  const tensors = new Map<string, TensorInfo>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === METADATA_KEY) metadata = parseMetadata(value, file);
    else tensors.set(name, parseTensor(name, value, start, size, file));
  }
  checkCoverage([...tensors.values()], start, size, file);
  return { tensors, metadata };
}

/** Counts in the text, where no escape can hide them: parsed, a million tensors take a gigabyte. */
function checkCount(text: Uint8Array, file: string): void {
  let [objects, values] = [0, 0];
  for (const byte of text) {
    if (byte === OPEN_BRACE) objects += 1;
    else if (byte === COLON || byte === COMMA) values += 1;
  }
  if (objects - 1 > MAX_TENSORS)
    throw limit(file, `it lists ${objects - 1} tensors; at most ${MAX_TENSORS} are read`);
  if (values > MAX_TENSORS * VALUES_PER_TENSOR)
    throw limit(file, `its header has ${values} values; at most ${MAX_TENSORS * VALUES_PER_TENSOR} are read`);
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
export function quote(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 117)}…` : name);
}

export function corrupt(file: string, cause: string, thrown?: unknown): CoopError {
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
