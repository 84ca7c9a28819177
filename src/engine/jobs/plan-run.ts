import os from 'node:os';
import type { RunPlan, RunRequest } from '../../shared/contracts/protocol';
import type { Recipe } from '../../shared/contracts/run';
import { CoopError } from '../../shared/errors';
import { layoutToLearn } from '../../shared/template/learn-layout';
import { parseTemplate } from '../../shared/template/parse-template';
import type { Template } from '../../shared/template/syntax';
import { drawWarnings } from '../dataset/draw-warnings';
import { scanWarnings } from '../dataset/scan-warnings';
import { requireParts } from '../dataset/split';
import { flopsOf } from '../graph/flops';
import { input } from '../graph/operations';
import { defaultRecipe } from '../methods/coop/default-recipe';
import { isBorrowedSample, SAMPLE_MODEL } from '../models/hub/resolve-model';
import type { ModelShelf, OpenedModel } from '../models/shelf/opened-model';
import { chooseDevice } from '../runtime/devices';
import { type Dataset, drawnFrom, imagesOf, loadDataset } from '../task/load-dataset';
import { modelFolder, type Project } from '../task/open-project';
import type { Work } from '../task/work';

/** Everything a run needs to know before it starts. */
export interface PlannedRun extends RunPlan {
  readonly replaces: string;
  readonly threads: number;
  readonly opened: OpenedModel;
  readonly dataset: Dataset;
}

/** Multiply-adds of one text row in one layer, forward and backward, in units of width² (reference/CoOp: 24d²). */
const ROW_COST = 2 * 24;
/** What a core sustains in onnxruntime's matrix products, in floating-point operations a second; for estimates only. */
const FLOPS_PER_CORE = 60e9;
/** What a step costs however small the model is, its share of the dev accuracy of each epoch included. */
const STEP_OVERHEAD_S = 0.006;

/**
 * What Learn Prompt would do with a line.
 * @throws CoopError as loadDataset and openModel; `template.syntax` when the line cannot be learned;
 * `device.unavailable` when the device asked for is refused; `split.tooSmall` when a class lacks images for one of the three parts
 */
export async function planRun(
  project: Project,
  request: RunRequest,
  shelf: ModelShelf,
  work: Work = {},
): Promise<PlannedRun> {
  const { document } = project;
  const asked = document.templates.find(({ line }) => line === request.line) ?? parsed(request.line);
  const { layout, baseline, replaces } = layoutToLearn(document, asked);
  const template = request.layout === undefined ? layout : parsed(request.layout);
  checkLearnable(template);
  const dataset = await loadDataset(project, work);
  requireParts(dataset.images, dataset.classes.names, ['pool', 'dev', 'test']);
  const opened = await shelf.open(modelFolder(project), document.directives.model!);
  const { split } = document.directives;
  const fromSplit: Partial<Recipe> =
    split.kind === 'shots' ? { shots: split.shots, seeds: [split.seed] } : {};
  const recipe = defaultRecipe({ ...fromSplit, ...request.recipe });
  const { device, refused } = await chooseDevice(request.device ?? 'auto');
  const threads = request.threads ?? os.availableParallelism();
  return {
    template: template.line,
    baseline: baseline.line,
    replaces,
    recipe,
    device,
    refused,
    threads,
    estimateSeconds: estimate(dataset, opened, template, recipe, threads),
    warnings: [...scanWarnings(dataset.scan), ...warnings(dataset, recipe), ...modelWarnings(project)],
    opened,
    dataset,
  };
}

function checkLearnable({ segments, line }: Template): void {
  if (segments.some(({ kind }) => kind === 'words')) {
    throw new CoopError('template.syntax', `“${line}”: real words ([words:M]) cannot be learned yet.`, {
      subject: line,
      next: 'Learn vectors instead, such as “[V:4] {}.”; the report lists the words nearest to them.',
    });
  }
  if (!segments.some(({ kind }) => kind === 'learnable')) {
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

function estimate(
  dataset: Dataset,
  opened: OpenedModel,
  template: Template,
  recipe: Recipe,
  threads: number,
): number {
  const classes = dataset.classes.names.length;
  const slots = template.segments.flatMap(segment => (segment.kind === 'learnable' ? [segment] : []));
  const shared = slots.reduce(
    (sum, { length, perClass }) => sum + (length ?? 4) * (perClass ? classes : 1),
    0,
  );
  const rows = shared + classes * 4;
  const images = dataset.classes.names.reduce(
    (sum, _, label) =>
      sum + Math.min(recipe.shots, imagesOf(dataset, 'pool').filter(i => i.label === label).length),
    0,
  );
  const steps = recipe.epochs * Math.max(1, Math.floor(images / recipe.batch)) * recipe.seeds.length;
  const { width, blocks } = opened.model.text;
  const rate = FLOPS_PER_CORE * threads;
  const perStep = STEP_OVERHEAD_S + (rows * blocks.length * ROW_COST * width * width) / rate;
  const encodings = viewsOf(recipe) * images * recipe.seeds.length;
  return Math.max(1, steps * perStep + (encodings * imageFlops(opened)) / rate);
}

/** Views of each training image that are encoded besides the cached test transform. */
function viewsOf({ name, views, epochs }: Recipe): number {
  if (name === 'cached') return 0;
  return name === 'views' ? (views ?? 1) : epochs;
}

function imageFlops({ model }: OpenedModel): number {
  const { size } = model.preprocess;
  return flopsOf([model.imageFeatures(input('pixels', [1, size, size, 3], 'uint8'))]);
}

function modelWarnings(project: Project): string[] {
  if (!isBorrowedSample(modelFolder(project), project.folder)) return [];
  return [
    `${SAMPLE_MODEL} is for the sample only: it knows icons, not photos. Name a CLIP model after @model.`,
  ];
}

function warnings(dataset: Dataset, { shots, seeds }: Recipe): string[] {
  return drawWarnings(drawnFrom(dataset), dataset.classes.names, shots, seeds);
}
