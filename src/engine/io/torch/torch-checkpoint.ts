import { readError, systemCode } from '../../../files/disk/file-error';
import { toFloat32 } from '../../../files/tensors/safetensors';
import type { SafetensorsDtype } from '../../../files/tensors/safetensors-header';
import { CoopError } from '../../../shared/errors';
import { withBytes } from './byte-source';
import { tensorBytes } from './tensor-bytes';
import { readTorchFile } from './torch-file';
import { torchTensors } from './torch-tensors';

export interface TorchTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

/** What CoOp's and Dassl's `save_checkpoint` writes (Dassl, utils/torchtools.py). */
export interface TorchCheckpoint {
  /** `state_dict`, without the `module.` that distributed training puts before its names. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly epoch: number | null;
  /** Accuracy in percent. */
  readonly valResult: number | null;
}

/** A prompt learner's file holds a few embeddings per class; this is 20,000 classes at width 512. */
const MAX_BYTES = 2 ** 30;

/**
 * Reads a checkpoint of torch.save, of today's zip form or the pickle stream before PyTorch 1.6. Nothing in it is
 * executed: objects it wants to make stay inert.
 * @throws CoopError `file.corrupt`, `file.limit`, `file.access`
 */
export async function readTorchCheckpoint(file: string): Promise<TorchCheckpoint> {
  try {
    return await withBytes(file, async source => {
      if (source.size > MAX_BYTES) throw tooLarge(file, source.size);
      const found = await readTorchFile(source);
      const tensors = new Map<string, TorchTensor>();
      for (const [name, place] of await torchTensors(found)) {
        const { dtype, shape } = place;
        const values = toFloat32(await tensorBytes(source, place), place, file);
        tensors.set(name.replace(/^module\./, ''), { dtype, shape, values });
      }
      const number = (key: string) => {
        const value = found.root instanceof Map ? found.root.get(key) : undefined;
        return typeof value === 'number' ? value : null;
      };
      return { tensors, epoch: number('epoch'), valResult: number('val_result') };
    });
  } catch (thrown) {
    if (thrown instanceof CoopError) throw thrown;
    if (systemCode(thrown) !== undefined) throw readError(thrown, file);
    throw new CoopError(
      'file.corrupt',
      `${file} is no checkpoint of torch.save: ${(thrown as Error).message}.`,
      {
        subject: file,
        cause: thrown,
        next: 'Choose the file that CoOp wrote: OUTPUT/prompt_learner/model.pth.tar-50.',
      },
    );
  }
}

function tooLarge(file: string, bytes: number): CoopError {
  return new CoopError(
    'file.limit',
    `${file} has ${Math.round(bytes / 2 ** 20)} MB; at most 1024 MB are read.`,
    {
      subject: file,
      next: 'Choose the file that CoOp wrote: OUTPUT/prompt_learner/model.pth.tar-50.',
    },
  );
}
