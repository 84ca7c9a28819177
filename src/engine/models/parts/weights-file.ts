import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../../../files/disk/atomic-file';
import { cacheFolder } from '../../../files/disk/cache-folder';
import { readError, systemCode, writeError } from '../../../files/disk/file-error';
import { readSafetensorsHeader, type TensorInfo } from '../../../files/tensors/safetensors';
import { inFileOrder, safetensorsHeader } from '../../../files/tensors/write-safetensors';
import { CoopError } from '../../../shared/errors';
import { type ByteSource, withBytes } from '../../io/torch/byte-source';
import { tensorBytes } from '../../io/torch/tensor-bytes';
import { readTorchFile } from '../../io/torch/torch-file';
import { type TorchTensorPlace, torchTensors } from '../../io/torch/torch-tensors';
import { fileHash } from './file-hash';
import { isNotFound, modelMissing } from './model-error';

/** Where the tensors of one weights file lie. */
export interface WeightsFile {
  /** As the user knows it, for messages. */
  readonly shown: string;
  /** Behind all symbolic links: onnxruntime refuses external data outside the folder it was given. */
  readonly real: string;
  /** The file that holds the numbers: `real`, or what it was converted to once. */
  readonly numbers: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Whether it is a TorchScript archive. */
  readonly scripted: boolean;
}

const OPEN_BRACE = 0x7b;
const LFS = 'version https://git-lfs';

/**
 * Opens a weights file by what is in it, not by its name: safetensors, or PyTorch's (state dict, checkpoint, TorchScript
 * archive), of which nothing is executed. Numbers stay where they are; those of the pickle stream before PyTorch 1.6 and of
 * tensors with gaps are copied once into the cache.
 * @throws CoopError `model.missing` (the file, or a pointer of Git LFS in its place), `file.corrupt`, `file.limit`,
 * `file.access`
 */
export async function openWeightsFile(shown: string): Promise<WeightsFile> {
  const { real, start } = await beginning(shown);
  try {
    if (start.length === 0) throw incomplete(shown, 'it is empty');
    const text = start.toString('latin1');
    if (/^\s*<(!doctype|html|\?xml)/i.test(text)) throw incomplete(shown, 'it is a web page');
    // As git writes links where the file system has none.
    if (/^(\.\.?[\\/])+[\w./\\-]+$/.test(text))
      throw incomplete(shown, `it is the text of a link to ${JSON.stringify(text)}`);
    if (text.startsWith(LFS)) throw lfsPointer(shown, text);
    if (isTorch(start)) return await openTorch(shown, real);
    if (!shown.endsWith('.safetensors') && start[8] !== OPEN_BRACE)
      throw corrupt(shown, 'it is neither a file of PyTorch nor safetensors');
    const { tensors } = await readSafetensorsHeader(real);
    return { shown, real, numbers: real, tensors, scripted: false };
  } catch (thrown) {
    throw readError(thrown, shown);
  }
}

/** Its place behind all links, and its first bytes. Only here is it the file itself that may not be there. */
async function beginning(shown: string): Promise<{ readonly real: string; readonly start: Buffer }> {
  try {
    const real = await realpath(shown);
    return { real, start: await withBytes(real, source => source.read(0, Math.min(source.size, 200))) };
  } catch (thrown) {
    if (!isNotFound(thrown)) throw readError(thrown, shown);
    throw modelMissing(
      shown,
      `${shown} does not exist.`,
      'Download the whole model again; a download may have stopped half-way.',
      thrown,
    );
  }
}

/** A zip archive, or a pickle: protocol 2 to 5. A safetensors header has neither length. */
function isTorch(start: Buffer): boolean {
  if (start.toString('latin1', 0, 4) === 'PK\u0003\u0004') return true;
  return start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5 && start[8] !== OPEN_BRACE;
}

function incomplete(file: string, why: string): CoopError {
  return modelMissing(file, `${file} holds no weights: ${why}.`, 'Download the file again.');
}

function corrupt(file: string, why: string, cause?: unknown): CoopError {
  return new CoopError('file.corrupt', `${file} is no weights file: ${why}.`, {
    subject: file,
    next: 'Download the file again, or choose one that holds a state_dict.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function lfsPointer(file: string, text: string): CoopError {
  const bytes = /^size (\d+)$/m.exec(text)?.[1];
  const size = bytes === undefined ? '' : ` of ${Math.ceil(Number(bytes) / 1e6)} MB`;
  return modelMissing(
    file,
    `${file} is a pointer of Git LFS: the file${size} itself was not fetched.`,
    'Run “git lfs pull” in its folder.',
  );
}

async function openTorch(shown: string, real: string): Promise<WeightsFile> {
  try {
    return await withBytes(real, async source => {
      const file = await readTorchFile(source);
      const places = [...(await torchTensors(file)).values()];
      if (file.form === 'zip' && places.every(({ contiguous }) => contiguous))
        return { shown, real, numbers: real, tensors: byName(places), scripted: file.scripted };
      const numbers = await converted(source, real, places);
      const { tensors } = await readSafetensorsHeader(numbers);
      return { shown, real, numbers, tensors, scripted: file.scripted };
    });
  } catch (thrown) {
    if (thrown instanceof CoopError || systemCode(thrown) !== undefined) throw thrown;
    throw corrupt(shown, (thrown as Error).message, thrown);
  }
}

const byName = (places: readonly TorchTensorPlace[]): ReadonlyMap<string, TensorInfo> =>
  new Map(places.map(place => [place.name, place]));

/** The same tensors as safetensors in the cache, written once for the same bytes. */
async function converted(
  source: ByteSource,
  real: string,
  places: readonly TorchTensorPlace[],
): Promise<string> {
  const folder = path.join(cacheFolder(), 'weights');
  const target = path.join(folder, `${await fileHash(real)}.safetensors`);
  const known = await readSafetensorsHeader(target).catch(() => null);
  if (known !== null && places.every(place => isSame(known.tensors.get(place.name), place))) return target;
  const ordered = inFileOrder(places);
  await mkdir(folder, { recursive: true }).catch((thrown: unknown) => {
    throw writeError(thrown, folder);
  });
  await replaceFile(target, async handle => {
    await handle.writeFile(safetensorsHeader(ordered));
    for (const place of ordered) await handle.writeFile(await tensorBytes(source, place));
  });
  return target;
}

const isSame = (known: TensorInfo | undefined, { dtype, shape }: TorchTensorPlace) =>
  known?.dtype === dtype && known.shape.join() === shape.join();
