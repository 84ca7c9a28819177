import * as v from 'valibot';
import type { TensorToWrite } from '../../../files/tensors/safetensors';
import { CoopError } from '../../../shared/errors';
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
        lastEpochLoss: state?.lastEpochLoss ?? 0,
      }),
    },
  };
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const Facts = v.object({
  seedIndex: count,
  threads: v.pipe(count, v.minValue(1)),
  device: v.string(),
  losses: v.array(finite),
  step: count,
  epochLoss: finite,
  lastEpochLoss: v.optional(finite, 0),
});

/**
 * @param contextSize vectors · width of the run's context
 * @throws CoopError `run.corrupt` when the checkpoint does not fit the run
 */
export function progressOf(
  checkpoint: {
    readonly tensors: ReadonlyMap<string, Float32Array>;
    readonly metadata: Readonly<Record<string, string>>;
  },
  contextSize: number,
  directory: string,
): RunProgress {
  const { tensors, metadata } = checkpoint;
  const facts = v.safeParse(v.pipe(v.string(), v.parseJson(), Facts), metadata['progress']);
  if (!facts.success) throw notOfThisRun(directory);
  const { seedIndex, threads, device, losses, step, epochLoss, lastEpochLoss } = facts.output;
  const vectors = (name: string): Float32Array => {
    const values = tensors.get(name);
    if (values?.length !== contextSize) throw notOfThisRun(directory);
    return values;
  };
  if (losses.length !== seedIndex) throw notOfThisRun(directory);
  const state = tensors.has('context')
    ? {
        context: vectors('context'),
        momentum: step === 0 ? null : vectors('momentum'),
        step,
        epochLoss,
        lastEpochLoss,
      }
    : null;
  return {
    seedIndex,
    state,
    contexts: losses.map((_, seed) => vectors(`done.${seed}`)),
    losses,
    threads,
    device,
  };
}

function notOfThisRun(directory: string): CoopError {
  return new CoopError('run.corrupt', `The checkpoint of ${directory} does not belong to this run.`, {
    subject: directory,
    next: 'Delete checkpoint.safetensors there to learn from the beginning.',
  });
}
