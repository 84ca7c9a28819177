import { CoopError } from '../../shared/errors';
import type { TensorToWrite } from '../io/safetensors';
import type { TrainerState } from './trainer';

/** Where a run is: seeds before `seedIndex` have ended with `contexts`, the present one stands at `state`. */
export interface RunProgress {
  readonly seedIndex: number;
  readonly state: TrainerState | null;
  /** Final contexts of the seeds that are done, and their last mean loss. */
  readonly contexts: readonly Float32Array[];
  readonly losses: readonly number[];
  readonly threads: number;
  readonly device: string;
}

export function checkpointOf(progress: RunProgress): {
  readonly tensors: ReadonlyMap<string, TensorToWrite>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const tensors = new Map<string, TensorToWrite>();
  const put = (name: string, data: Float32Array) => tensors.set(name, { data, shape: [data.length] });
  for (const [at, context] of progress.contexts.entries()) put(`done.${at}`, context);
  const { state } = progress;
  if (state !== null) {
    put('context', state.context);
    if (state.momentum !== null) put('momentum', state.momentum);
  }
  const { seedIndex, threads, device, losses } = progress;
  return {
    tensors,
    metadata: {
      progress: JSON.stringify({
        seedIndex,
        threads,
        device,
        losses,
        step: state?.step ?? 0,
        epochLoss: state?.epochLoss ?? 0,
      }),
    },
  };
}

/** @throws CoopError `run.corrupt` when the checkpoint does not fit the run */
export function progressOf(
  checkpoint: {
    readonly tensors: ReadonlyMap<string, Float32Array>;
    readonly metadata: Readonly<Record<string, string>>;
  },
  contextSize: number,
  directory: string,
): RunProgress {
  const { tensors, metadata } = checkpoint;
  const facts = JSON.parse(metadata['progress'] ?? 'null') as {
    readonly seedIndex: number;
    readonly threads: number;
    readonly device: string;
    readonly losses: readonly number[];
    readonly step: number;
    readonly epochLoss: number;
  } | null;
  const context = tensors.get('context');
  const contexts = (facts?.losses ?? []).map((_, at) => tensors.get(`done.${at}`));
  const all = [...contexts, ...(context === undefined ? [] : [context])];
  if (facts === null || all.some(values => values?.length !== contextSize)) {
    throw new CoopError('run.corrupt', `The checkpoint of ${directory} does not belong to this run.`, {
      subject: directory,
      next: 'Delete checkpoint.safetensors there to learn from the beginning.',
    });
  }
  const { seedIndex, threads, device, losses, step, epochLoss } = facts;
  return {
    seedIndex,
    state:
      context === undefined ? null : { context, momentum: tensors.get('momentum') ?? null, step, epochLoss },
    contexts: contexts as readonly Float32Array[],
    losses,
    threads,
    device,
  };
}
