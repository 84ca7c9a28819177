import path from 'node:path';
import { planRun } from '../src/engine/jobs/plan-run';
import type { Assignment } from '../src/engine/methods/parts/method';
import { openProject, readProject } from '../src/engine/task/open-project';
import { TaskShelf } from '../src/engine/task/task-shelf';
import type { PromptSpec } from '../src/shared/contracts/method-spec';
import type { RecipeName } from '../src/shared/contracts/recipes';
import { enlargedSample } from './enlarged-sample';
import type { AccuracyProblem } from './equal-accuracy';

/**
 * The images and the first layout of a `.prompts` document, learned on the sample's model in a full-size tower, whatever model
 * the document names. The other way is the paper's own: fresh views in each epoch.
 */
export async function imageProblem(document: string, shots: number): Promise<AccuracyProblem> {
  const { path: file, text } = await readProject(document);
  const project = openProject({
    path: path.resolve(file),
    text: text.replace(/^@model .*$/m, `@model ${await enlargedSample()}`),
  });
  const { line } = project.document.templates.find(({ segments }) =>
    segments.some(({ kind }) => kind === 'learnable'),
  )!;
  const shelf = new TaskShelf();
  const planned = async (name: RecipeName) => {
    const request = { line, recipe: { name, shots, seeds: [1] }, comparisons: false };
    return planRun(project, request, shelf);
  };
  const [fast, reference] = [await planned('fast'), await planned('paper')];
  return {
    task: fast.task,
    held: await fast.task.features('test'),
    fast: fast.assignment as Assignment<PromptSpec>,
    reference: reference.assignment as Assignment<PromptSpec>,
  };
}
