import path from 'node:path';
import type { LearnedContext } from '../../files/contexts/learned-context';
import {
  type PromptResult,
  REPORT_FORMAT,
  type Report,
  type SeedResult,
  type TestImage,
} from '../../shared/contracts/report';
import { formatTemplate } from '../../shared/template/format-template';
import { replaceLearnable } from '../../shared/template/replace-learnable';
import { drawFewShot } from '../dataset/draw-shots';
import { preprocessingKey } from '../images/preprocess';
import { confusionMatrix } from '../measure/metrics';
import { wordsOfContext } from '../methods/coop/words-of-context';
import { methodOf } from '../methods/methods';
import { drawnFrom } from '../task/load-dataset';
import type { Task } from '../task/task';
import type { Work } from '../task/work';
import { VERSION } from '../version';
import { type Answers, type Evidence, kindOf } from './evidence';
import type { OpenedRun } from './open-run';
import type { LearnedRun } from './run-learning';
import { taskWarnings } from './task-warnings';

/** Words told for each learned vector. */
const NEAREST = 5;

/** The report of a finished run: everything measured on test images, which nothing before has read. */
export async function reportOf(
  { inputs, task, assignment }: OpenedRun,
  { learned: all, resumes, exact, device, seconds }: LearnedRun,
  evidence: Evidence,
  context: LearnedContext,
  work: Work = {},
): Promise<Report> {
  const { baseline, test, dev } = evidence;
  const { names } = task.classes;
  const learned: Answers[] = [];
  for (const one of all)
    learned.push(evidence.answersOf(await methodOf(assignment.spec).open(one, task, assignment)));
  const first = learned[0]!;
  const drawn = drawFewShot(drawnFrom(task.dataset), inputs.recipe.shots, inputs.recipe.seeds[0]!);
  const rows = evidence.lines.map(({ line, answers }) => evidence.row(kindOf(line), line.line, answers));
  const seeds: SeedResult[] = learned.map((answers, at) => ({
    seed: inputs.recipe.seeds[at]!,
    dev: evidence.onDev(answers),
    test: evidence.onTest(answers),
    delta: evidence.delta(answers),
    finalLoss: all[at]!.figures['loss'] ?? 0,
  }));
  return {
    format: REPORT_FORMAT,
    runId: inputs.id,
    name: inputs.name,
    createdAt: new Date().toISOString(),
    document: inputs.document.path,
    imagesFolder: task.dataset.folder,
    template: formatTemplate(assignment.template),
    replaces: inputs.replaces,
    baseline: inputs.baseline,
    classes: names,
    headline: seeds[0]!.delta,
    seeds,
    ...(seeds.length > 1 ? { seedAverage: meanAndStd(seeds.map(seed => seed.test.value)) } : {}),
    results: [
      ...withBest(rows),
      evidence.row('learned', replaceLearnable(assignment.template, inputs.name), first),
    ],
    perClass: names.map((name, label) => {
      const of = (predictions: Int32Array) => {
        const mine = [...test.labels.keys()].filter(i => test.labels[i] === label);
        const right = mine.filter(i => predictions[i] === label).length;
        return { n: mine.length, share: mine.length === 0 ? 0 : right / mine.length };
      };
      const before = of(baseline.test.predictions);
      return { name, n: before.n, baseline: before.share, learned: of(first.test.predictions).share };
    }),
    images: test.images.map(
      ({ path, label }, i): TestImage => ({
        path,
        label,
        baseline: baseline.test.predictions[i]!,
        learned: first.test.predictions[i]!,
      }),
    ),
    confusion: {
      baseline: confusionMatrix(test.labels, baseline.test.predictions, names.length),
      learned: confusionMatrix(test.labels, first.test.predictions, names.length),
    },
    nearestWords: await wordsOfContext(
      { context, modelFolder: task.model.folder, count: NEAREST },
      work.signal,
    ),
    warnings: taskWarnings(task, assignment.spec),
    provenance: {
      version: VERSION,
      recipe: inputs.recipe,
      threads: inputs.threads,
      model: task.model.id,
      modelHash: inputs.hashes.model,
      datasetHash: inputs.hashes.dataset,
      classesHash: inputs.hashes.classes,
      preprocessing: preprocessingKey(task.preprocess),
      split: splitInWords(task),
      counts: {
        test: test.images.length,
        dev: dev.images.length,
        pool: task.images('pool').length,
        train: drawn.train.length,
        perClass: drawn.perClass,
      },
      resumes,
      exactResume: exact,
      device,
      seconds: seconds(),
      command: inputs.command,
    },
  };
}

/** Marks the hand-written template that is best on dev images. */
function withBest(rows: readonly PromptResult[]): readonly PromptResult[] {
  const best = rows
    .filter(({ kind }) => kind === 'template')
    .reduce<PromptResult | null>((a, b) => (a === null || b.dev!.value > a.dev!.value ? b : a), null);
  return rows.map(row => (row === best ? { ...row, bestOnDev: true } : row));
}

function meanAndStd(values: readonly number[]): { readonly mean: number; readonly std: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return {
    mean,
    std: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length),
  };
}

function splitInWords({ project, dataset: { scan, published } }: Task): string {
  const { split } = project.document.directives;
  if (split.kind === 'fractions')
    return `by content, ${split.pool}/${split.dev}/${split.test}, seed ${split.seed}`;
  if (published)
    return `published (${path.basename(scan.split?.file ?? scan.folder)}), drawn as CoOp’s code does`;
  if (split.kind === 'folders' || scan.layout === 'split-folders') return 'given folders';
  return 'by content, 40 % pool, 20 % dev, 40 % test';
}
