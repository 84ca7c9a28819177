import { type LearnedContext, parseContext } from '../../files/contexts/learned-context';
import { wordLines } from '../../files/runs/learned-line';
import { readReport } from '../../files/runs/read-report';
import { readRunFile, runFile } from '../../files/runs/run-file';
import { CoopError } from '../../shared/errors';
import type { Template } from '../../shared/template/syntax';
import { promptClassifier } from '../methods/coop/prompt-method';
import type { Classifier } from '../methods/parts/method';
import type { Task } from '../task/task';

/**
 * The prompts that every seed of a finished run has learned, on a task of its classes, or with shared vectors on any.
 * @throws CoopError `run.corrupt`, `file.corrupt`, `file.access`
 */
export async function classifiersOfRun(
  directory: string,
  task: Task,
  template: Template,
  seeds: readonly number[],
): Promise<Classifier[]> {
  const classifiers: Classifier[] = [];
  if (template.segments.some(({ kind }) => kind === 'words')) {
    const report = await readReport(directory);
    for (const seed of seeds) {
      const [line] = wordLines(report, directory, seed);
      const { features } = await task.text(line);
      classifiers.push({ answer: images => task.answer(images, features) });
    }
    return classifiers;
  }
  for (const seed of seeds) {
    const file = seeds.length === 1 ? 'context' : (`seed-${seed}` as const);
    const context = parseContext(await readRunFile(directory, file), runFile(directory, file));
    await checkFits(context, task, template, directory);
    classifiers.push(await promptClassifier(task, template, context));
  }
  return classifiers;
}

/** The file may be anyone's: its slots are those of the template, or nothing is read of it. */
async function checkFits(
  { slots, width, classNames }: LearnedContext,
  task: Task,
  template: Template,
  directory: string,
): Promise<void> {
  const { rows } = await task.rows(template);
  const learnable = rows.slots.filter(({ context }) => context === null);
  const fits =
    width === task.model.text.width &&
    slots.length === learnable.length &&
    slots.every(({ length, perClass }, at) => {
      const wanted = learnable[at]!;
      return length === wanted.length && perClass === wanted.perClass;
    }) &&
    (slots.every(({ perClass }) => !perClass) || classNames.length === task.classes.names.length);
  if (fits) return;
  throw new CoopError('run.corrupt', `The context in ${directory} is not one of the run’s template.`, {
    subject: directory,
    next: 'Delete the run’s folder, or restore the file from a copy.',
  });
}
