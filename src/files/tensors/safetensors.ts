import type { FileHandle } from 'node:fs/promises';
import { CoopError } from '../../shared/errors';
import { readError } from '../disk/file-error';
import { type Links, openRegularFile } from '../disk/open-regular';
import { widenBfloat, widenHalf } from './half';
import {
  corrupt,
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  quote,
  type SafetensorsHeader,
  type TensorInfo,
} from './safetensors-header';

export type { SafetensorsHeader, TensorInfo } from './safetensors-header';

/** Node refuses one read of 2 GiB or more. */
const MAX_READ_BYTES = 1 << 30;

/**
 * Reads and checks the header of a safetensors file. Afterwards every tensor is known to lie inside the file, to
 * have as many bytes as type and shape say, and to share no byte with another one.
 * @throws CoopError `file.access`, `file.corrupt` (the file breaks the format), `file.limit` (it exceeds a limit)
 */
export async function readSafetensorsHeader(
  file: string,
  links: Links = 'follow',
): Promise<SafetensorsHeader> {
  return withFile(file, links, async (handle, size) => {
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
  return toFloat32(await readTensorBytes(file, info), info, file);
}

/**
 * The numbers of a tensor's bytes, as `readTensor` gives them.
 * @throws CoopError `model.unsupported` for a type without numbers here
 */
export function toFloat32(
  bytes: Uint8Array<ArrayBuffer>,
  info: Pick<TensorInfo, 'name' | 'dtype'>,
  file: string,
): Float32Array {
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
  return withFile(file, 'follow', async (handle, size) => {
    if (info.offset + info.bytes > size) throw corrupt(file, `it ends inside the tensor ${quote(info.name)}`);
    return readRange(handle, file, info.offset, info.bytes, `the tensor ${quote(info.name)}`);
  });
}

/** A whole file in memory, checked. */
export interface SafetensorsInMemory extends SafetensorsHeader {
  /** As `readTensor`. */
  readonly values: (info: TensorInfo) => Float32Array;
}

/**
 * As `readSafetensorsHeader` and `readTensor`, of bytes that were read already.
 * @param file names the bytes in messages
 * @throws CoopError `file.corrupt`, `file.limit`
 */
export function parseSafetensors(bytes: Uint8Array, file: string): SafetensorsInMemory {
  if (bytes.length < LENGTH_BYTES) throw corrupt(file, `it has only ${bytes.length} bytes`);
  const length = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, file);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length), bytes.length, file);
  const values = (info: TensorInfo) => {
    const own = new Uint8Array(bytes.subarray(info.offset, info.offset + info.bytes));
    return toFloat32(own, info, file);
  };
  return { ...header, values };
}

function viewNumbers(
  bytes: Uint8Array<ArrayBuffer>,
  info: Pick<TensorInfo, 'name' | 'dtype'>,
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

async function withFile<T>(
  file: string,
  links: Links,
  use: (handle: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  try {
    const handle = await openRegularFile(file, { links });
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
