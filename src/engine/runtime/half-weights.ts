import { createHash } from 'node:crypto';
import { mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { cacheFolder } from '../../files/disk/cache-folder';
import { writeError } from '../../files/disk/file-error';
import { narrowToHalf } from '../../files/tensors/half';
import { CoopError } from '../../shared/errors';
import { readStored } from '../graph/load-weights';
import { type Node, topologicalOrder, type WeightRef } from '../graph/node';

const HALF_BYTES = 2;
const GREATEST_HALF = 65504;

/**
 * Where the weights that a graph holds as float16 lie as such: those that are stored so stay in their own file, each of the
 * others is written once into the cache.
 * @throws CoopError `model.unsupported` for a number beyond float16's range; `file.access`, `disk.full`
 */
export async function halfWeights(outputs: readonly Node[]): Promise<ReadonlyMap<WeightRef, WeightRef>> {
  const places = new Map<WeightRef, WeightRef>();
  let folder: string | undefined;
  for (const node of topologicalOrder(outputs)) {
    if (node.op !== 'weight') continue;
    const { ref } = node.attributes;
    if (ref.held === undefined || ref.dtype === 'F16') continue;
    folder ??= await halvesFolder();
    places.set(ref, await asHalf(ref, folder));
  }
  return places;
}

async function halvesFolder(): Promise<string> {
  const folder = path.join(cacheFolder(), 'weights', 'float16');
  await mkdir(folder, { recursive: true }).catch((thrown: unknown) => {
    throw writeError(thrown, folder);
  });
  // onnxruntime refuses external data behind links that leave the folder it was given.
  return realpath(folder);
}

async function asHalf(ref: WeightRef, folder: string): Promise<WeightRef> {
  const { size, mtimeNs, ino } = await stat(ref.file, { bigint: true });
  const source = [ref.file, size, mtimeNs, ino, ref.offset, ref.bytes, ref.dtype].join('\n');
  const file = path.join(folder, createHash('sha256').update(source).digest('hex'));
  const bytes = ref.shape.reduce((count, length) => count * length, HALF_BYTES);
  const known = await stat(file).catch(() => null);
  if (known?.size !== bytes) {
    const halves = narrowToHalf(checkRange(await readStored(ref), ref));
    await writeFileAtomic(file, new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength));
  }
  return { ...ref, file, offset: 0, bytes, dtype: 'F16' };
}

/** What was not finite before is told where features are checked. */
function checkRange(values: Float32Array, ref: WeightRef): Float32Array {
  const beyond = values.find(value => Number.isFinite(value) && Math.abs(value) > GREATEST_HALF);
  if (beyond === undefined) return values;
  throw new CoopError(
    'model.unsupported',
    `${ref.file} holds a weight of ${beyond.toPrecision(3)} (in the tensor at byte ${ref.offset}); float16 ends at ${GREATEST_HALF}.`,
    { subject: ref.file, next: 'Use the precision float32.' },
  );
}
