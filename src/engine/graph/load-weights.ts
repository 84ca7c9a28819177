import { open } from 'node:fs/promises';
import { narrowToHalf, widenBfloat, widenHalf } from '../../files/tensors/half';
import { type Tensor, tensor } from './interpret';
import { type Node, topologicalOrder, type WeightRef } from './node';

/** Reads every weight the outputs depend on, as float64, for the interpreter. */
export async function loadWeights(outputs: readonly Node[]): Promise<Map<Node, Tensor>> {
  const values = new Map<Node, Tensor>();
  for (const node of topologicalOrder(outputs)) {
    if (node.op !== 'weight') continue;
    const { ref } = node.attributes;
    values.set(node, tensor(await readWeight(ref), ref.shape));
  }
  return values;
}

/** The values of one weight. F16 and BF16 are widened exactly, F64 is rounded to nearest; what is held as float16 to that. */
export async function readWeight(ref: WeightRef): Promise<Float32Array> {
  const values = await readStored(ref);
  return ref.held === undefined || ref.dtype === 'F16' ? values : widenHalf(narrowToHalf(values));
}

/** The values as they are stored. */
export async function readStored(ref: WeightRef): Promise<Float32Array> {
  const bytes = new Uint8Array(ref.bytes);
  const file = await open(ref.file, 'r');
  try {
    const { bytesRead } = await file.read(bytes, 0, ref.bytes, ref.offset);
    if (bytesRead !== ref.bytes) throw new Error(`${ref.file} ends inside a tensor at byte ${ref.offset}`);
  } finally {
    await file.close();
  }
  if (ref.dtype === 'F32') return new Float32Array(bytes.buffer);
  if (ref.dtype === 'F64') return Float32Array.from(new Float64Array(bytes.buffer));
  const halves = new Uint16Array(bytes.buffer);
  return ref.dtype === 'F16' ? widenHalf(halves) : widenBfloat(halves);
}
