import { allFinite } from '../../../files/tensors/all-finite';
import type { PromptSpec } from '../../../shared/contracts/method-spec';
import { CoopError } from '../../../shared/errors';
import { pythonRandom } from '../../random/mersenne-twister';
import { unlessAborted } from '../../unless-aborted';
import { learningRateOf } from './schedule';
import { sgdStep } from './sgd';
import type { Step, StepRunner } from './step-runner';

/** What a run needs to go on exactly where it was. */
export interface TrainerState {
  /** [vectors, d] */
  readonly context: Float32Array;
  /** Null before the first step. */
  readonly momentum: Float32Array | null;
  /** Steps done. */
  readonly step: number;
  /** Sum of the losses of the present epoch's steps so far. */
  readonly epochLoss: number;
  /** Mean loss of the last whole epoch; 0 before there is one. */
  readonly lastEpochLoss: number;
}

/** The state before the first step. */
export const untrained = (context: Float32Array): TrainerState => ({
  context,
  momentum: null,
  step: 0,
  epochLoss: 0,
  lastEpochLoss: 0,
});

export interface EpochReport {
  /** Epochs done. */
  readonly epoch: number;
  readonly step: number;
  /** Mean training loss of the epoch. */
  readonly loss: number;
  readonly learningRate: number;
  readonly stepsPerSecond: number;
}

export interface TrainOptions {
  readonly runner: {
    readonly batch: number;
    step(...step: Parameters<StepRunner['step']>): Promise<Pick<Step, 'loss' | 'gradient'>>;
  };
  /** [images, E] of the training images: the same in every epoch, or those of an epoch (from 0). */
  readonly features: Float32Array | ((epoch: number) => Promise<Float32Array>);
  readonly labels: Int32Array;
  readonly recipe: PromptSpec;
  readonly seed: number;
  readonly start: TrainerState;
  readonly signal?: AbortSignal;
  /** After each step: steps done, and their rate in the present epoch. */
  readonly onStep?: (step: number, stepsPerSecond: number) => void;
  /** After each epoch, with the context as it is then. */
  readonly onEpoch?: (report: EpochReport, context: Float32Array) => Promise<void>;
  /** Often enough that a minute's work is the most that can be lost, and when the run is stopped. */
  readonly onCheckpoint?: (state: TrainerState) => Promise<void>;
  readonly checkpointEveryMs?: number;
}

/** Well within the promise that a kill loses a minute at most. */
const CHECKPOINT_EVERY_MS = 15_000;

/** Steps in one epoch: whole batches only, but one short batch when there are fewer images (CoOp: drop_last). */
export function stepsPerEpoch(images: number, batch: number): number {
  return Math.max(1, Math.floor(images / batch));
}

/**
 * CoOp's training loop on image features (reference: Dassl engine/trainer.py, CoOp trainers/coop.py): random
 * epoch order, SGD, a learning rate per epoch. Order depends on seed and epoch alone, so a resumed run takes the same
 * steps; with the same device and threads it ends in the same bits.
 * @returns the state after the last step
 * @throws CoopError `run.nonFinite`; `device.lost`, `device.memory` after a checkpoint; `cancelled` (AbortError) when stopped, after a checkpoint
 */
export async function train(options: TrainOptions): Promise<TrainerState> {
  const { runner, features: given, labels, recipe, seed, signal } = options;
  const featuresOf = typeof given === 'function' ? given : async () => given;
  const perEpoch = stepsPerEpoch(labels.length, recipe.batch);
  const total = perEpoch * recipe.epochs;
  const context = Float32Array.from(options.start.context);
  let momentum = options.start.momentum === null ? null : Float32Array.from(options.start.momentum);
  let { step, epochLoss, lastEpochLoss } = options.start;
  const every = options.checkpointEveryMs ?? CHECKPOINT_EVERY_MS;
  let saved = performance.now();
  let features: Float32Array = new Float32Array();
  let featuresEpoch = -1;
  let clock = { at: performance.now(), step };
  const rate = () => (1000 * (step - clock.step)) / Math.max(1, performance.now() - clock.at);
  const checkpoint = async () => {
    saved = performance.now();
    await options.onCheckpoint?.({
      context: Float32Array.from(context),
      momentum: momentum === null ? null : Float32Array.from(momentum),
      step,
      epochLoss,
      lastEpochLoss,
    });
  };
  while (step < total) {
    if (signal?.aborted === true) {
      await checkpoint();
      signal.throwIfAborted();
    }
    const epoch = Math.floor(step / perEpoch);
    if (epoch !== featuresEpoch) {
      features = await featuresOf(epoch);
      featuresEpoch = epoch;
    }
    const width = features.length / labels.length;
    const learningRate = learningRateOf(epoch, recipe);
    const batch = batchOf(epochOrder(labels.length, seed, epoch), step % perEpoch, runner.batch);
    // A stop does not wait for the step, which may take seconds: it is taken again when the run goes on.
    const { loss, gradient } = await unlessAborted(
      runner.step(context, gather(features, batch, width), pick(labels, batch)),
      signal,
    ).catch(async (thrown: unknown) => {
      // The device may be gone; what was learned until this step is not.
      await checkpoint();
      throw thrown;
    });
    if (!Number.isFinite(loss)) throw nonFinite('loss', epoch, step);
    if (!allFinite(gradient)) throw nonFinite('gradient', epoch, step);
    momentum = sgdStep(context, gradient, momentum, learningRate, recipe);
    step += 1;
    epochLoss += loss;
    options.onStep?.(step, rate());
    if (step % perEpoch === 0) {
      const stepsPerSecond = rate();
      clock = { at: performance.now(), step };
      lastEpochLoss = epochLoss / perEpoch;
      epochLoss = 0;
      await options.onEpoch?.(
        { epoch: epoch + 1, step, loss: lastEpochLoss, learningRate, stepsPerSecond },
        context,
      );
    }
    if (performance.now() - saved >= every) await checkpoint();
  }
  return { context, momentum, step, epochLoss, lastEpochLoss };
}

const orders = new Map<string, readonly number[]>();

/** A permutation of the images for one epoch, from a stream of its own. */
function epochOrder(images: number, seed: number, epoch: number): readonly number[] {
  const key = `${images} ${seed} ${epoch}`;
  const known = orders.get(key);
  if (known !== undefined) return known;
  const random = pythonRandom(BigInt(seed) * 1_000_003n + BigInt(epoch));
  const order = random.shuffle(Array.from({ length: images }, (_, i) => i));
  orders.clear();
  orders.set(key, order);
  return order;
}

function batchOf(order: readonly number[], index: number, size: number): readonly number[] {
  return order.slice(index * size, (index + 1) * size);
}

function gather(features: Float32Array, rows: readonly number[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (const [at, row] of rows.entries())
    out.set(features.subarray(row * width, (row + 1) * width), at * width);
  return out;
}

function pick(labels: Int32Array, rows: readonly number[]): Int32Array {
  return Int32Array.from(rows, row => labels[row]!);
}

/** @param epoch from 0, as `step` */
export function nonFinite(
  what: 'loss' | 'gradient' | 'text feature',
  epoch: number,
  step: number,
): CoopError {
  return new CoopError(
    'run.nonFinite',
    `The ${what} is no finite number any more in epoch ${epoch + 1}, step ${step + 1}; the context of the last checkpoint is kept.`,
    { next: 'Lower the learning rate, or check the model’s weights.' },
  );
}
