import { createHash } from 'node:crypto';
import type { Classified } from '../measure/zero-shot';
import type { EncodedImages } from '../task/encoded-images';
import { Target } from '../task/target';
import type { Task } from '../task/task';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { type ExperimentTarget, type ExperimentTask, withDirective } from './read-experiment';

/** A set of images that everything of a task is measured on, and the classes that answers about them are among. */
export interface Place {
  /** Null for the task's own test images. */
  readonly name: string | null;
  /** Decides what is measured here; sha256, hex. */
  readonly hash: string;
  /** What texts are made for. */
  readonly task: Task;
  /** False where the classes are not those that were learned: class-specific vectors and probes have no answer. */
  readonly sameClasses: boolean;
  readonly classes: number;
  images(work: Work): Promise<EncodedImages>;
  /** @param all over the classes of `task` */
  answer(all: Classified): Classified;
}

function ownPlace(task: Task, name: string | null): Place {
  return {
    name,
    hash: task.fingerprint,
    task,
    sameClasses: name === null,
    classes: task.classes.names.length,
    images: work => task.features('test', work),
    answer: all => all,
  };
}

/** @throws as `Target.open` and `TaskShelf.open`: nothing is encoded yet */
export async function placesOf(
  { project }: ExperimentTask,
  targets: readonly ExperimentTarget[],
  shelf: TaskShelf,
  work: Work,
): Promise<Place[]> {
  const task = await shelf.open(project, work);
  const places = [ownPlace(task, null)];
  for (const { name, images, classes } of targets) {
    if (classes !== undefined)
      places.push(ownPlace(await shelf.open(withDirective(project, 'classes', classes), work), name));
    else places.push(targetPlace(task, name, await Target.open(task, images!, work)));
  }
  return places;
}

function targetPlace(task: Task, name: string, target: Target): Place {
  return {
    name,
    hash: createHash('sha256').update(`${task.fingerprint} ${target.hash}`).digest('hex'),
    task,
    sameClasses: true,
    classes: target.classes.length,
    images: work => target.features(work),
    answer: all => target.answer(all),
  };
}
