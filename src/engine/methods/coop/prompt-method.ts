import type { LearnedContext } from '../../../files/contexts/learned-context';
import { allFinite } from '../../../files/tensors/all-finite';
import type { PromptSpec } from '../../../shared/contracts/method-spec';
import { counted } from '../../../shared/format/count';
import type { Template } from '../../../shared/template/syntax';
import { unitRows } from '../../measure/unit-features';
import { OnDevice } from '../../runtime/on-device';
import type { PromptLine } from '../../task/prompt-lines';
import type { Task } from '../../task/task';
import type { FilledRows } from '../../task/text-encoding';
import type { Assignment, Classifier, Learned, Learner, LearnIo, Method } from '../parts/method';
import { stepRunnerFor } from './chunked-step-runner';
import { learnFast } from './fast-learner';
import { initialContext } from './initial-context';
import { numberVectors } from './learn-problem';
import { promptPlan } from './plan';
import { createStepRunner, type StepRunner } from './step-runner';
import type { TextPull } from './text-pull';
import { filledWith, learnedContext } from './trained-context';
import { nonFinite, stepsPerEpoch, train, untrained } from './trainer';
import { savedOf, stateOf } from './trainer-state';
import { trainingFeatures } from './training-features';

/** Compiles the steps of a whole problem for a device; tests put one in that fails. */
export type CreateRunner = typeof createStepRunner;

/**
 * A method that learns the vectors of a template's slots by gradient descent on frozen towers.
 * @param pullOf what else than cross-entropy a step makes smaller; null for nothing
 */
export function promptMethod<Spec extends PromptSpec>(
  id: Spec['method'],
  title: string,
  pullOf: (task: Task, assignment: Assignment<Spec>) => Promise<TextPull | null>,
): Method<Spec> {
  return {
    id,
    title,
    plan: promptPlan,
    begin: async (task, assignment, io) =>
      new PromptLearner(
        task,
        assignment.spec,
        await task.rows(assignment.template),
        assignment.spec.name === 'fast'
          ? { weight: 'step', towards: (await task.text(assignment.baseline)).features }
          : await pullOf(task, assignment),
        assignment.baseline,
        io,
      ),
    open: async (learned, task, { template }) =>
      promptClassifier(task, template, learnedContext(task, await task.rows(template), learned, UNTOLD)),
    note: (_learned, _task, { spec }) =>
      `${title} from ${counted(spec.shots, 'image')} per class, ${counted(spec.epochs, 'epoch')}.`,
  };
}

const UNTOLD = { template: '', runId: '', createdAt: '' } satisfies Partial<LearnedContext>;

/** The prompts of a template whose learnable slots hold a context. @throws as `Task.encodeRows` */
export async function promptClassifier(
  task: Task,
  template: Template,
  context: LearnedContext,
): Promise<Classifier> {
  const texts = await task.encodeRows(filledWith(await task.rows(template), context));
  return { answer: images => task.answer(images, texts) };
}

class PromptLearner<Spec extends PromptSpec> implements Learner {
  /** By batch size: a class with fewer images than shots may leave less than a batch. */
  private readonly runners = new Map<number, OnDevice<StepRunner>>();

  constructor(
    private readonly task: Task,
    private readonly spec: Spec,
    private readonly filled: FilledRows,
    private readonly pull: TextPull | null,
    private readonly baseline: PromptLine,
    private readonly io: LearnIo & { readonly createRunner?: CreateRunner },
  ) {}

  async learn(seed: number, from: Parameters<Learner['learn']>[1]): Promise<Learned> {
    const { task, spec, io, filled, baseline } = this;
    if (spec.name === 'fast') {
      const runner = (images: number) => this.runner(images);
      return learnFast({ task, filled, baseline, spec, runner, io }, seed, from);
    }
    const { rows } = filled;
    const { width } = task.model.text;
    const classes = task.classes.names.length;
    const shots = await task.shots(spec.shots, seed, io);
    const count = shots.labels.length;
    const perEpoch = stepsPerEpoch(count, spec.batch);
    const steps = perEpoch * spec.epochs;
    const features = trainingFeatures(task, spec, seed, shots, io);
    let state =
      from === null
        ? untrained(initialContext(rows, classes, await task.model.textTables(), seed))
        : stateOf(from, numberVectors(rows, classes).vectors * width);
    const end = await this.runner(Math.min(spec.batch, count)).use(runner =>
      train({
        runner,
        features,
        labels: shots.labels,
        recipe: spec,
        seed,
        start: state,
        ...(io.signal === undefined ? {} : { signal: io.signal }),
        ...(io.checkpointEveryMs === undefined ? {} : { checkpointEveryMs: io.checkpointEveryMs }),
        onStep: (step, stepsPerSecond) => io.onStep(step, steps, stepsPerSecond),
        onEpoch: async ({ epoch, step, loss, learningRate, stepsPerSecond }, context) => {
          const features = await runner.features(context);
          // The step before was whole, its context is not: it is the rate that is to blame, not the model.
          if (!allFinite(features)) throw nonFinite('text feature', epoch - 1, step - 1);
          const texts = unitRows(features, task.model.embedWidth);
          await io.onEpoch({
            epoch,
            epochs: spec.epochs,
            step,
            steps,
            stepsPerSecond,
            figures: { loss, learningRate },
            classifier: { answer: images => task.answer(images, texts) },
          });
        },
        onCheckpoint: async reached => {
          state = reached;
          await io.onCheckpoint(savedOf(state));
        },
      }),
    );
    return {
      kind: 'context',
      tensors: new Map([['context', end.context]]),
      // Each epoch evaluates the tower once more, for its dev accuracy.
      figures: { loss: end.lastEpochLoss, evaluations: steps + spec.epochs },
    };
  }

  async release(): Promise<void> {
    for (const runner of this.runners.values()) await runner.release();
  }

  private runner(batch: number): OnDevice<StepRunner> {
    const known = this.runners.get(batch);
    if (known !== undefined) return known;
    const { task, filled, pull, io } = this;
    const { threads, lane } = io;
    const problem = {
      model: task.model,
      template: filled.rows,
      classes: task.classes.names.length,
      fixedVector: filled.fixedVector,
      batch,
      pull,
    };
    const runner = new OnDevice(io.device, device =>
      stepRunnerFor(problem, { device, threads, lane }, io.createRunner ?? createStepRunner),
    );
    this.runners.set(batch, runner);
    return runner;
  }
}
