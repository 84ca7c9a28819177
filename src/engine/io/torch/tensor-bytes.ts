import type { ByteSource } from './byte-source';
import type { TorchTensorPlace } from './torch-tensors';

/**
 * The bytes of one tensor in C order, whatever its strides.
 * @throws Error where the file ends before
 */
export async function tensorBytes(
  source: ByteSource,
  { shape, strides, offset, bytes, contiguous }: TorchTensorPlace,
): Promise<Uint8Array<ArrayBuffer>> {
  if (contiguous || bytes === 0) return new Uint8Array(await source.read(offset, bytes));
  const count = shape.reduce((product, size) => product * size, 1);
  const width = bytes / count;
  const span = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 1);
  const stored = await source.read(offset, span * width);
  const out = new Uint8Array(bytes);
  const index = shape.map(() => 0);
  let from = 0;
  for (let at = 0; at < count; at++) {
    for (let byte = 0; byte < width; byte++) out[at * width + byte] = stored[from * width + byte]!;
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
