import { correctShare } from '../src/engine/measure/correct-share';
import { methodOf } from '../src/engine/methods/methods';
import type { Assignment, Classifier } from '../src/engine/methods/parts/method';
import { FallingDevice } from '../src/engine/runtime/falling-device';
import type { ImageRows } from '../src/engine/task/encoded-images';
import type { Task } from '../src/engine/task/task';
import type { PromptSpec } from '../src/shared/contracts/method-spec';
import { median } from './timing';
import type { Torch } from './torch';

/** The same prompt learned in two ways. */
export interface AccuracyProblem {
  readonly task: Task;
  /** What accuracy is measured on. */
  readonly held: ImageRows & { readonly labels: Int32Array };
  readonly fast: Assignment<PromptSpec>;
  /** As CoOp's own code learns. */
  readonly reference: Assignment<PromptSpec>;
}

export interface AccuracyFigures {
  readonly classes: number;
  /** Of CoOp's schedule, computed here: what it ends at, its steps, and after how many it first was as good as that. */
  readonly target: number;
  readonly referenceSteps: number;
  readonly referenceFirst: number;
  /** Of the recipe `fast`: evaluations of the text tower and seconds until it first was as good; null if never. */
  readonly evaluations: number | null;
  readonly seconds: number | null;
  /** What the prompt that it learned has, after how many of them. */
  readonly accuracy: number;
  readonly allEvaluations: number;
  /** One of PyTorch's steps on 77 rows a class. */
  readonly torchDense: number | null;
}

/** Accuracy on held-out images over the time that learning takes, by the recipe `fast` and by CoOp's own schedule. */
export async function equalAccuracy(
  { task, held, fast, reference }: AccuracyProblem,
  threads: number,
  torch: Torch | null,
): Promise<AccuracyFigures> {
  const { rows } = (await task.rows(reference.template)).rows;
  const work = {
    work: 'step',
    prompts: rows.map(prompt => prompt.map(row => (row.kind === 'token' ? row.id : 0))),
    tokens: task.model.contextLength,
    vectors: rows[0]!.filter(({ kind }) => kind !== 'token').length,
  } as const;
  const torchTimes: number[] = [];
  const timeTorch = async () => {
    if (torch !== null) torchTimes.push(await torch.time(work));
  };
  await timeTorch();
  const ours = await accuracies(task, fast, held, threads);
  await timeTorch();
  const theirs = await accuracies(task, reference, held, threads);
  await timeTorch();
  const target = theirs.end;
  const reached = ours.reached.find(({ accuracy }) => accuracy >= target);
  return {
    classes: rows.length,
    target,
    referenceSteps: theirs.reached.at(-1)!.step,
    referenceFirst: theirs.reached.find(({ accuracy }) => accuracy >= target)!.step,
    evaluations: reached?.step ?? null,
    seconds: reached?.seconds ?? null,
    accuracy: ours.end,
    allEvaluations: ours.reached.at(-1)!.step,
    torchDense: torchTimes.length === 0 ? null : median(torchTimes),
  };
}

interface Reached {
  readonly step: number;
  /** Since learning began; sessions are compiled in it. */
  readonly seconds: number;
  readonly accuracy: number;
}

async function accuracies(
  task: Task,
  assignment: Assignment<PromptSpec>,
  held: AccuracyProblem['held'],
  threads: number,
): Promise<{ readonly reached: readonly Reached[]; readonly end: number }> {
  const reached: Reached[] = [];
  const accuracyOf = (classifier: Classifier) =>
    correctShare(Int32Array.from(classifier.answer(held).predictions), held.labels);
  const method = methodOf(assignment.spec);
  const begun = performance.now();
  const learner = await method.begin(task, assignment, {
    device: new FallingDevice('cpu', [], () => undefined),
    threads,
    onStep: () => undefined,
    onCheckpoint: async () => undefined,
    onEpoch: async ({ step, classifier }) => {
      const seconds = (performance.now() - begun) / 1000;
      reached.push({ step, seconds, accuracy: accuracyOf(classifier) });
    },
  });
  const learned = await learner.learn(1, null);
  await learner.release();
  return { reached, end: accuracyOf(await method.open(learned, task, assignment)) };
}
