import { CoopError } from '../../../shared/errors';
import type { Saved } from '../parts/method';
import type { TrainerState } from './trainer';

/** What a checkpoint holds of one seed's training. */
export function savedOf({ context, momentum, step, epochLoss, lastEpochLoss }: TrainerState): Saved {
  const tensors = new Map([['context', context]]);
  if (momentum !== null) tensors.set('momentum', momentum);
  return { tensors, figures: { step, epochLoss, lastEpochLoss } };
}

/**
 * @param size vectors · d of the context
 * @throws CoopError `run.corrupt` when it is of another problem
 */
export function stateOf({ tensors, figures }: Saved, size: number): TrainerState {
  const { step = -1, epochLoss = 0, lastEpochLoss = 0 } = figures;
  if (!Number.isSafeInteger(step) || step < 0) throw foreign('step');
  return {
    context: vectorsOf(tensors, 'context', size),
    momentum: step === 0 ? null : vectorsOf(tensors, 'momentum', size),
    step,
    epochLoss,
    lastEpochLoss,
  };
}

/** [vectors, d] of a finished seed. @throws CoopError `run.corrupt` when it has learned something else */
export function contextValues({ tensors }: Pick<Saved, 'tensors'>, size: number): Float32Array {
  return vectorsOf(tensors, 'context', size);
}

function vectorsOf(tensors: Saved['tensors'], name: string, size: number): Float32Array {
  const values = tensors.get(name);
  if (values?.length !== size) throw foreign(name);
  return values;
}

function foreign(what: string): CoopError {
  return new CoopError('run.corrupt', `The checkpoint’s ${what} does not belong to this run.`, {
    next: 'Delete checkpoint.safetensors in the run’s folder to learn from the beginning.',
  });
}
