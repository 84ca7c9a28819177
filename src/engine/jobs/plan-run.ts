import os from 'node:os';
import { checkChoice, checkSeeds } from '../../shared/contracts/check-choice';
import type { RunSpec, SpecChoice } from '../../shared/contracts/method-spec';
import { IMAGENET_CLASSES, IMAGENET_EPOCHS } from '../../shared/contracts/paper-protocol';
import type { RunPlan, RunRequest } from '../../shared/contracts/protocol';
import { CoopError } from '../../shared/errors';
import { wordsSlotOf } from '../../shared/template/fill-words';
import { layoutToLearn } from '../../shared/template/learn-layout';
import { parseTemplate } from '../../shared/template/parse-template';
import type { Template } from '../../shared/template/syntax';
import { requireParts } from '../dataset/split';
import { defaultRecipe, stepsForImages } from '../methods/coop/default-recipe';
import type { Assignment } from '../methods/parts/method';
import { wordsSpec } from '../methods/words/default-words';
import { chooseDevice } from '../runtime/devices';
import type { Project } from '../task/open-project';
import { findLine } from '../task/prompt-lines';
import type { Task } from '../task/task';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { checkStorable } from './check-storable';
import { estimateRun } from './estimate-run';
import { taskWarnings } from './task-warnings';

/** Everything a run needs to know before it starts. */
export interface PlannedRun extends RunPlan {
  readonly replaces: string;
  readonly threads: number;
  readonly task: Task;
  readonly assignment: Assignment;
}

/**
 * What Learn Prompt would do with a line.
 * @throws CoopError as `TaskShelf.open`, `checkChoice` and `checkStorable`; `template.syntax` when the line cannot be learned; `template.tooLong` when its
 * slots leave a class no room; `device.unavailable` when the device asked for is refused; `split.tooSmall` when a class lacks
 * images for one of the three parts
 */
export async function planRun(
  project: Project,
  request: RunRequest,
  shelf: TaskShelf,
  work: Work = {},
): Promise<PlannedRun> {
  const { document } = project;
  const asked = document.templates.find(({ line }) => line === request.line) ?? parsed(request.line);
  const { layout, baseline, replaces } = layoutToLearn(document, asked);
  const template = request.layout === undefined ? layout : parsed(request.layout);
  checkLearnable(template);
  // Of a line with words only its own values count.
  if (wordsSlotOf(template) === undefined) checkChoice(request.recipe);
  else checkSeeds(request.recipe.seeds);
  const task = await shelf.open(project, work);
  checkStorable(template.line, task.classes.names);
  requireParts(task.dataset.images, task.classes.names, ['pool', 'dev', 'test']);
  await task.rows(template);
  const recipe = withSteps(
    task,
    specOf(template, { ...choiceOf(task, request.recipe), ...request.recipe }),
    request.recipe,
  );
  const { precision } = task.opened;
  const { device, refused } = await chooseDevice(request.device ?? 'auto', precision);
  const threads = request.threads ?? os.availableParallelism();
  const assignment: Assignment = { spec: recipe, template, baseline: findLine(document, baseline.line) };
  const comparisons = request.comparisons !== false;
  const seconds = await estimateRun(task, { ...assignment, spec: recipe }, threads, comparisons, work);
  return {
    template: template.line,
    baseline: baseline.line,
    replaces,
    recipe,
    device,
    refused,
    precision,
    threads,
    estimateSeconds: seconds,
    warnings: taskWarnings(task, recipe),
    task,
    assignment,
  };
}

/** What the task decides where nobody chose: shots and seed of its `@split`; the paper's seeds and ImageNet's epochs. */
function choiceOf({ project, dataset }: Task, { name }: SpecChoice): SpecChoice {
  const { split } = project.document.directives;
  const shots: SpecChoice = split.kind === 'shots' ? { shots: split.shots } : {};
  if (name !== 'paper') return split.kind === 'shots' ? { ...shots, seeds: [split.seed] } : shots;
  const imagenet = dataset.published && dataset.classes.names.length === IMAGENET_CLASSES;
  return imagenet ? { ...shots, epochs: IMAGENET_EPOCHS } : shots;
}

/** Where nobody chose how many, `fast` takes as many steps as the drawn images want. */
function withSteps(task: Task, recipe: RunSpec, { epochs }: SpecChoice): RunSpec {
  if (recipe.method !== 'coop' || recipe.name !== 'fast' || epochs !== undefined) return recipe;
  const { train } = task.draw(recipe.shots, recipe.seeds[0]!);
  return { ...recipe, epochs: stepsForImages(recipe.shots, train.length) };
}

/** A slot of words decides how it is learned; choices of other methods do not count then. */
function specOf(template: Template, { method, ...choice }: SpecChoice): RunSpec {
  if (wordsSlotOf(template) !== undefined) return wordsSpec(choice);
  if (method === 'words')
    throw new CoopError('usage', `“${template.line}” has no place for words.`, {
      subject: template.line,
      next: 'Write “[words:4] {}.”.',
    });
  const {
    list: _list,
    words: _words,
    first: _first,
    pool: _pool,
    tries: _tries,
    chains: _chains,
    ...prompt
  } = choice;
  return defaultRecipe({ ...(method === undefined ? {} : { method }), ...prompt });
}

function checkLearnable({ segments, line }: Template): void {
  const words = segments.filter(({ kind }) => kind === 'words').length;
  if (words > 1 || (words === 1 && segments.some(({ kind }) => kind === 'learnable')))
    throw new CoopError('template.syntax', `“${line}” has more to learn than one slot of words.`, {
      subject: line,
      next: 'Keep one [words:N] and write the rest as text, or learn vectors: “[V:16] {}.”.',
    });
  if (words === 0 && !segments.some(({ kind }) => kind === 'learnable')) {
    throw new CoopError('template.syntax', `“${line}” has nothing to learn.`, {
      subject: line,
      next: 'Write a layout with a slot, such as “[V:16] {}.”.',
    });
  }
}

function parsed(line: string): Template {
  const { template, problems } = parseTemplate(line);
  if (template !== null) return template;
  throw new CoopError(
    'template.syntax',
    `“${line}” cannot be learned: ${problems[0]?.message ?? 'not a template'}`,
    {
      subject: line,
      next: problems[0]?.next ?? 'Correct the line.',
    },
  );
}
