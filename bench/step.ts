import { flopsOf } from '../src/engine/graph/flops';
import { unitRows } from '../src/engine/measure/unit-features';
import { stepRunnerFor } from '../src/engine/methods/coop/chunked-step-runner';
import { defaultRecipe } from '../src/engine/methods/coop/default-recipe';
import { initialContext } from '../src/engine/methods/coop/initial-context';
import { learnGraph } from '../src/engine/methods/coop/learn-graph';
import { buildProblem } from '../src/engine/methods/coop/learn-problem';
import { sgdStep } from '../src/engine/methods/coop/sgd';
import { openModel } from '../src/engine/models/shelf/open-model';
import { templateRows } from '../src/engine/prompt/template-rows';
import { parseTemplate } from '../src/shared/template/parse-template';
import { type OperationTime, profile } from './profile';
import { median, seconds } from './timing';
import type { Torch } from './torch';

const BATCH = 32;
export interface StepFigures {
  readonly seconds: number;
  /** Of the matrix products in one step. */
  readonly flops: number;
  readonly torchDense: number | null;
  readonly torchCut: number | null;
  readonly longest: number;
}

export interface StepOptions {
  readonly model: string;
  readonly names: readonly string[];
  readonly threads: number;
  readonly vectors: number;
  readonly repeats: number;
  readonly torch: Torch | null;
  /** Runs of PyTorch's dense step; 0 where it would take minutes. */
  readonly denseRepeats: number;
}

/** What one step is given: a problem, a context, unit image features and their labels. */
async function stepMaterial({
  model: folder,
  names,
  vectors,
}: Pick<StepOptions, 'model' | 'names' | 'vectors'>) {
  const model = await openModel(folder);
  const template = templateRows(
    parseTemplate(`[V:${vectors}] {}.`).template!,
    { names, columns: new Map() },
    await model.tokenizer(),
    { contextLength: model.contextLength },
  );
  const classes = names.length;
  const images = unitRows(
    Float32Array.from({ length: BATCH * model.embedWidth }, (_, i) => Math.sin(i * i)),
    model.embedWidth,
  );
  return {
    problem: { model, template, classes, batch: BATCH },
    context: initialContext(template, classes, await model.textTables(), 1),
    images,
    labels: Int32Array.from({ length: BATCH }, (_, i) => i % classes),
  };
}

/** Where the time of one step goes, by operation, and how many operations its matrix products are. */
export async function stepProfile(
  options: Pick<StepOptions, 'model' | 'names' | 'vectors' | 'threads' | 'repeats'>,
): Promise<{ readonly operations: readonly OperationTime[]; readonly flops: number }> {
  const { problem, context, images, labels } = await stepMaterial(options);
  const { model } = problem;
  const { loss, gradient, features } = learnGraph(await buildProblem(problem));
  const feeds = {
    context: { data: context, shape: [context.length / model.text.width, model.text.width] },
    images: { data: images, shape: [BATCH, model.embedWidth] },
    labels: { data: labels, shape: [BATCH] },
  };
  return {
    operations: await profile({ loss, gradient, features }, feeds, options.threads, options.repeats),
    flops: flopsOf([loss, gradient]),
  };
}

/** One optimiser step, ours and PyTorch's in turn: forward, backward and update. Medians. */
export async function stepBench(options: StepOptions): Promise<StepFigures> {
  const { threads, vectors, repeats, torch } = options;
  const { problem, context, images, labels } = await stepMaterial(options);
  const { model, template } = problem;
  const { loss, gradient } = learnGraph(await buildProblem(problem));
  const flops = flopsOf([loss, gradient]);
  const runner = await stepRunnerFor(problem, { device: 'cpu', threads });
  const recipe = defaultRecipe({ name: 'cached' });
  let momentum: Float32Array | null = null;
  const step = async () => {
    const result = await runner.step(context, images, labels);
    momentum = sgdStep(context, result.gradient, momentum, recipe.learningRate, recipe);
  };
  const prompts = template.rows.map(rows => rows.map(row => (row.kind === 'token' ? row.id : 0)));
  const longest = Math.max(...prompts.map(({ length }) => length));
  const torchStep = (tokens: number) => torch!.time({ work: 'step', prompts, tokens, vectors });
  await step();
  if (torch !== null) await torchStep(longest);
  const [ours, dense, cut]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < Math.max(1, options.denseRepeats); round++) {
    for (let i = 0; i < repeats; i++) ours.push(await seconds(step));
    if (torch === null) continue;
    cut.push(await torchStep(longest), await torchStep(longest));
    if (options.denseRepeats > 0) dense.push(await torchStep(model.contextLength));
  }
  await runner.release();
  const middle = (values: readonly number[]) => (values.length === 0 ? null : median(values));
  return { seconds: median(ours), flops, torchDense: middle(dense), torchCut: middle(cut), longest };
}
