import os from 'node:os';
import type { MethodSpec } from '../../shared/contracts/method-spec';
import { methodOf } from '../methods/methods';
import type { Assignment, Classifier, Learned, LearnIo } from '../methods/parts/method';
import { FallingDevice } from '../runtime/falling-device';
import type { ProcessorShare } from '../runtime/session';
import type { PromptLine } from '../task/prompt-lines';
import type { Task } from '../task/task';
import type { Work } from '../task/work';

/** What every seed of a method on cached features has learned: it needs no device, and is short enough to begin again. */
export interface LearnedOnCpu {
  readonly title: string;
  readonly note: string;
  readonly learned: readonly Learned[];
  readonly classifiers: readonly Classifier[];
}

/** @throws as `Learner.learn` */
export async function learnedOnCpu<Spec extends MethodSpec>(
  task: Task,
  assignment: Assignment<Spec>,
  work: Work,
  share: ProcessorShare = {},
): Promise<LearnedOnCpu> {
  const method = methodOf(assignment.spec);
  const learner = await method.begin(task, assignment, onCpu(work, share));
  const learned: Learned[] = [];
  const classifiers: Classifier[] = [];
  for (const seed of assignment.spec.seeds) {
    const one = await learner.learn(seed, null);
    learned.push(one);
    classifiers.push(await method.open(one, task, assignment));
  }
  await learner.release();
  return { title: method.title, note: method.note(learned, task, assignment), learned, classifiers };
}

/** What a table calls a method that is asked another line than the baseline. */
export const askedWith = (title: string, { line }: PromptLine) => `${title}, ${line}`;

/** The same, asked another line: of a method that `asksAnyLine`. */
export async function askedLine<Spec extends MethodSpec>(
  task: Task,
  assignment: Assignment<Spec>,
  learned: readonly Learned[],
  line: PromptLine,
): Promise<readonly Classifier[]> {
  const method = methodOf(assignment.spec);
  const asked: Classifier[] = [];
  for (const one of learned) asked.push(await method.open(one, task, { ...assignment, baseline: line }));
  return asked;
}

function onCpu(work: Work, { threads = os.availableParallelism(), lane = 0 }: ProcessorShare): LearnIo {
  return {
    ...work,
    device: new FallingDevice('cpu', [], () => undefined),
    threads,
    lane,
    onStep: () => undefined,
    onEpoch: async () => undefined,
    onCheckpoint: async () => undefined,
  };
}
