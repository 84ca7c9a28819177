import { allFinite } from '../../../files/tensors/all-finite';
import { FAST_LEARNING_RATE, pilotSteps } from '../../../shared/contracts/fast-recipe';
import type { PromptSpec } from '../../../shared/contracts/method-spec';
import { CoopError } from '../../../shared/errors';
import { correctShare } from '../../measure/correct-share';
import { unitRows } from '../../measure/unit-features';
import type { OnDevice } from '../../runtime/on-device';
import type { EncodedImages } from '../../task/encoded-images';
import type { PromptLine } from '../../task/prompt-lines';
import type { Task } from '../../task/task';
import type { FilledRows } from '../../task/text-encoding';
import { unlessAborted } from '../../unless-aborted';
import type { Learned, LearnIo, Saved } from '../parts/method';
import { ARMS, armContext, chosenArm, pullWith } from './fast-arms';
import {
  allEvaluationsOf,
  beginFast,
  evaluationsOf,
  type FastState,
  fastFrom,
  type Running,
  savedFast,
} from './fast-state';
import { noisyFeatures } from './feature-noise';
import { numberVectors } from './learn-problem';
import { type ContextLayout, soapStep } from './soap';
import type { StepRunner } from './step-runner';
import { featuresOfViews } from './training-features';

/** Length of the noise on unit features: random views of the images do a part of what it does. */
const NOISE = { alone: 1.5, besideViews: 1 } as const;
/** Share of the steps that have the full learning rate: so few do not get far enough where it falls from the first on. */
const FULL_RATE = 0.7;
/** Well within the promise that a kill loses a minute at most. */
const CHECKPOINT_EVERY_MS = 15_000;

export interface FastProblem {
  readonly task: Task;
  readonly filled: FilledRows;
  readonly baseline: PromptLine;
  /** Its epochs are the steps of the arm that is chosen. */
  readonly spec: PromptSpec;
  /** Steps over that many images at once, whose λ each step says. */
  readonly runner: (images: number) => OnDevice<StepRunner>;
  readonly io: LearnIo;
}

/**
 * The recipe `fast` for one seed: two beginnings take some steps each (all where there are many: `pilotSteps`), the one that
 * dev images choose goes on, and the context kept is that of its best step. A step is one evaluation of the text tower, since
 * what it computes on the way is judged, too. All images in all their views are in every step, which costs nothing there, and
 * get noise of their own each time.
 * @throws CoopError `run.nonFinite`; `run.corrupt`; as `Task.shots` and `featuresOfViews`; the signal's reason, after a
 * checkpoint
 */
export async function learnFast(problem: FastProblem, seed: number, from: Saved | null): Promise<Learned> {
  const { task, filled, baseline, spec, io } = problem;
  const { epochs: steps } = spec;
  const shots = await task.shots(spec.shots, seed, io);
  const dev = await task.validation(spec.shots, seed, io);
  const seen = unitRows(await featuresOfViews(task, spec, seed, shots, io), task.model.embedWidth);
  const tables = await task.model.textTables();
  const classes = task.classes.names.length;
  const { vectors, blocks } = numberVectors(filled.rows, classes);
  const layout = { blocks, width: tables.width };
  const begin = (arm: (typeof ARMS)[number]) =>
    armContext(arm, filled.rows, classes, tables, task.opened.tokenizer, baseline, seed);
  const state = from === null ? beginFast(begin, blocks) : fastFrom(from, vectors * layout.width, blocks);
  const learning = new FastLearning(problem, seed, state, layout, seen, shots.labels, dev);
  const { arms } = state;
  if (state.leader === null) {
    // One after the other, so that a curve shows how each of them goes.
    for (const arm of arms) while (arm.step < pilotSteps(steps)) await learning.take(arm);
    const scores = arms.map(({ choice }) => choice.score);
    state.leader = chosenArm(scores, dev.labels.length, learning.perClass);
  }
  const leader = arms[state.leader]!;
  while (leader.step < steps) await learning.take(leader);
  const { context, at, score } = leader.choice.end();
  return {
    kind: 'context',
    tensors: new Map([['context', context]]),
    figures: {
      loss: leader.loss,
      arm: state.leader,
      step: at + 1,
      devAccuracy: score,
      evaluations: evaluationsOf(arms),
    },
  };
}

class FastLearning {
  private readonly begun = { at: performance.now(), done: 0 };
  private saved = performance.now();
  /** Of every row of `seen`. */
  private readonly labels: Int32Array;
  private readonly noise: number;
  /** Images that a class gives in the mean: fewer than asked for where it has no more. */
  readonly perClass: number;

  constructor(
    private readonly problem: FastProblem,
    private readonly seed: number,
    private readonly state: FastState,
    private readonly layout: ContextLayout,
    /** [views · images, E], unit. */
    private readonly seen: Float32Array,
    labels: Int32Array,
    private readonly dev: EncodedImages,
  ) {
    this.begun.done = evaluationsOf(state.arms);
    this.perClass = labels.length / problem.task.classes.names.length;
    const views = seen.length / problem.task.model.embedWidth / labels.length;
    this.labels = new Int32Array(views * labels.length);
    for (let view = 0; view < views; view++) this.labels.set(labels, view * labels.length);
    this.noise = views === 1 ? NOISE.alone : NOISE.besideViews;
  }

  /** One step of one arm. */
  async take(running: Running): Promise<void> {
    const { task, spec, io } = this.problem;
    const { epochs: steps } = spec;
    const { context } = running;
    if (io.signal?.aborted === true) {
      await this.checkpoint();
      io.signal.throwIfAborted();
    }
    const { loss, gradient, features } = await this.step(running);
    if (!Number.isFinite(loss) || !allFinite(gradient)) throw nonFinite(running.step);
    running.loss = loss;
    const texts = unitRows(features, task.model.embedWidth);
    const devAccuracy = correctShare(await task.predictions(this.dev, texts), this.dev.labels);
    running.choice.add(context, devAccuracy);
    const learningRate = FAST_LEARNING_RATE * rateAt(running.step, steps);
    running.step += 1;
    soapStep(context, gradient, running.soap, this.layout, learningRate, running.step);
    const [done, total] = [evaluationsOf(this.state.arms), allEvaluationsOf(this.state, steps)];
    const seconds = Math.max(1e-3, (performance.now() - this.begun.at) / 1000);
    const stepsPerSecond = (done - this.begun.done) / seconds;
    io.onStep(done, total, stepsPerSecond);
    await io.onEpoch({
      epoch: done,
      epochs: total,
      step: done,
      steps: total,
      stepsPerSecond,
      figures: { loss, learningRate, devAccuracy },
      classifier: { answer: images => task.answer(images, texts) },
    });
    if (performance.now() - this.saved >= (io.checkpointEveryMs ?? CHECKPOINT_EVERY_MS))
      await this.checkpoint();
  }

  private async step({ arm, context, step }: Running) {
    const { task, runner, io } = this.problem;
    const { seen, labels, noise } = this;
    // The stream depends on seed, arm and step alone, so that a resumed run meets the same noise.
    const key = (BigInt(this.seed) * 1_009n + BigInt(ARMS.indexOf(arm))) * 1_000_003n + BigInt(step);
    const noisy = noisyFeatures(seen, task.model.embedWidth, noise, key);
    try {
      return await runner(labels.length).use(steps =>
        unlessAborted(steps.step(context, noisy, labels, pullWith(arm, this.perClass)), io.signal),
      );
    } catch (thrown) {
      // A stop does not wait for the step, which may take seconds: it is taken again when the run goes on.
      await this.checkpoint();
      throw thrown;
    }
  }

  private async checkpoint(): Promise<void> {
    this.saved = performance.now();
    await this.problem.io.onCheckpoint(savedFast(this.state));
  }
}

/** Share of the learning rate that a step has (from 0): all of it, then less and less down to nearly nothing. */
function rateAt(step: number, steps: number): number {
  return Math.min(1, (1 - step / steps) / (1 - FULL_RATE));
}

function nonFinite(step: number): CoopError {
  return new CoopError(
    'run.nonFinite',
    `Loss or gradient is no finite number any more in step ${step + 1}.`,
    {
      next: 'Check the model’s weights, or learn with --recipe cached.',
    },
  );
}
