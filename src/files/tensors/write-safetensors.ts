import { narrowToBfloat, narrowToHalf } from './half';
import { BITS, LENGTH_BYTES, METADATA_KEY, type SafetensorsDtype } from './safetensors-header';

/** A tensor to write. F16 and BF16 take float32 values, rounded to nearest even; else the array's type decides. */
export type TensorToWrite =
  | { readonly shape: readonly number[]; readonly dtype: 'F16' | 'BF16'; readonly data: Float32Array }
  | {
      readonly shape: readonly number[];
      readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;
    };

const HEADER_ALIGNMENT = 8;

/**
 * A whole safetensors file. The same tensors and metadata give the same bytes whatever their order in the maps:
 * wide types first (so that each tensor is aligned), then by name.
 * @throws RangeError when a shape does not fit its data
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const stored = inFileOrder([...tensors].map(([name, tensor]) => store(name, tensor)));
  const header = safetensorsHeader(
    stored.map(({ bytes, ...tensor }) => ({ ...tensor, bytes: bytes.length })),
    metadata,
  );
  const file = new Uint8Array(stored.reduce((sum, { bytes }) => sum + bytes.length, header.length));
  file.set(header);
  let at = header.length;
  for (const { bytes } of stored) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/** What a header says of one tensor. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
}

/** Wide types first, so that each tensor is aligned, then by name. */
export function inFileOrder<Entry extends TensorEntry>(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => BITS[b.dtype] - BITS[a.dtype] || (a.name < b.name ? -1 : 1));
}

/** The beginning of a safetensors file, after which the tensors' bytes follow in the order given. */
export function safetensorsHeader(
  tensors: readonly (TensorEntry & { readonly bytes: number })[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const keys = Object.keys(metadata).sort();
  const entries: [string, unknown][] = [];
  if (keys.length > 0)
    entries.push([METADATA_KEY, Object.fromEntries(keys.map(key => [key, metadata[key]!]))]);
  let end = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    entries.push([name, { dtype, shape, data_offsets: [end, end + bytes] }]);
    end += bytes;
  }
  // An object would put names that look like integers first, so the text is built entry by entry.
  const json = `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const padded = Math.ceil(text.length / HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
  const header = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(text, LENGTH_BYTES);
  return header;
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
