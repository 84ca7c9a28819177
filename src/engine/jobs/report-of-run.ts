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
import { shotsPerClass } from '../dataset/draw-shots';
import { preprocessingKey } from '../images/preprocess';
import { confusionMatrix } from '../measure/metrics';
import { meanAndStd } from '../measure/over-seeds';
import { wordsOfContext } from '../methods/coop/words-of-context';
import { methodOf } from '../methods/methods';
import type { Learned } from '../methods/parts/method';
import type { DatasetImage } from '../task/load-dataset';
import type { Task } from '../task/task';
import type { Work } from '../task/work';
import { VERSION } from '../version';
import { confidenceOf } from './confidence-of-run';
import { type Answers, type Evidence, kindOf } from './evidence';
import { ensembleOf, foundLines, selectionOverSeeds } from './found-lines';
import type { OpenedRun } from './open-run';
import type { LearnedRun } from './run-learning';
import { taskWarnings } from './task-warnings';

/** Words told for each learned vector. */
const NEAREST = 5;

/** Pairs of near-duplicates that a report names. */
const EXAMPLES = 10;

/** What every seed of a run answers about the report's images. */
export async function answersOfSeeds(
  { task, assignment }: OpenedRun,
  { learned }: LearnedRun,
  evidence: Evidence,
): Promise<readonly Answers[]> {
  const answers: Answers[] = [];
  for (const one of learned)
    answers.push(evidence.answersOf(await methodOf(assignment.spec).open(one, task, assignment)));
  return answers;
}

/** The seed that is best on dev images, the first of equals: an index. */
export function bestSeed(evidence: Evidence, seeds: readonly Answers[]): number {
  const dev = seeds.map(answers => evidence.onDev([answers]).value);
  return dev.indexOf(Math.max(...dev));
}

/**
 * The report of a finished run: everything measured on test images, which nothing before has read.
 * @param all what every seed answers
 * @param context of the chosen seed; null where words are learned
 */
export async function reportOf(
  run: OpenedRun,
  { learned, resumes, exact, device, seconds }: LearnedRun,
  evidence: Evidence,
  all: readonly Answers[],
  context: LearnedContext | null,
  work: Work = {},
): Promise<Report> {
  const { inputs, task, assignment } = run;
  const { baseline, test, dev } = evidence;
  const { names } = task.classes;
  const chosen = bestSeed(evidence, all);
  const first = all[chosen]!;
  const rows = evidence.lines.map(({ line, answers }) => evidence.row(kindOf(line), line.line, [answers]));
  const best = bestOnDev(rows, evidence);
  const seeds: SeedResult[] = [];
  for (const [at, answers] of all.entries())
    seeds.push({
      seed: inputs.recipe.seeds[at]!,
      dev: evidence.onDev([answers]),
      test: evidence.onTest([answers]),
      delta: evidence.delta([answers]),
      finalLoss: learned[at]!.figures['loss'] ?? 0,
      ...evaluationsOf(learned[at]!),
      ...(await foundLines(run, learned[at]!, answers, evidence)),
      answers: [...answers.test.predictions],
    });
  const selections = seeds.flatMap(({ selection }) => (selection === undefined ? [] : [selection]));
  if (selections.length > 0)
    seeds[chosen] = { ...seeds[chosen]!, selection: selectionOverSeeds(selections, chosen) };
  const ensemble = await ensembleOf(run, learned[chosen]!, evidence);
  const { nearDuplicates } = task;
  const draws: (readonly DatasetImage[])[] = [];
  for (const seed of inputs.recipe.seeds)
    draws.push((await task.shots(inputs.recipe.shots, seed, work)).images);
  const train = draws[chosen]!;
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
    headline: evidence.delta(all),
    ...(best === -1 || rows[best]!.delta === null
      ? {}
      : {
          againstBest: {
            label: rows[best]!.label,
            delta: evidence.delta(all, evidence.lines[best]!.answers),
          },
        }),
    chosenSeed: inputs.recipe.seeds[chosen]!,
    seeds,
    ...(seeds.length > 1 ? { seedAverage: meanAndStd(seeds.map(seed => seed.test.value)) } : {}),
    results: [
      ...rows.map((row, at) => (at === best ? { ...row, bestOnDev: true } : row)),
      ...(ensemble === null
        ? []
        : [
            {
              ...evidence.row('ensemble', `the ${ensemble.lines} lines found, averaged`, [ensemble.answers]),
              note: 'Lines found for the slot are averaged as an ensemble, too; coop apply --ensemble writes them.',
            },
          ]),
      evidence.row('learned', labelOf(run, seeds, chosen), all),
    ],
    ...(nearDuplicates.length === 0
      ? {}
      : {
          nearDuplicates: {
            count: nearDuplicates.length,
            examples: nearDuplicates
              .slice(0, EXAMPLES)
              .map(({ image, of }) => ({ image: image.path, of: of.path })),
          },
        }),
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
    ...confidenceOf(evidence, first),
    nearestWords:
      context === null
        ? []
        : await wordsOfContext({ context, modelFolder: task.model.folder, count: NEAREST }, work.signal),
    warnings: taskWarnings(task, assignment.spec, draws),
    provenance: {
      version: VERSION,
      recipe: inputs.recipe,
      threads: inputs.threads,
      ...(inputs.precision === undefined ? {} : { precision: inputs.precision }),
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
        train: train.length,
        perClass: shotsPerClass(train, names.length),
      },
      resumes,
      exactResume: exact,
      device,
      seconds: seconds(),
      command: inputs.command,
    },
  };
}

/** What the learned row is called: of words one seed's line, though the figures are of all. */
function labelOf({ inputs, assignment }: OpenedRun, seeds: readonly SeedResult[], chosen: number): string {
  const [line] = seeds[chosen]!.lines ?? [];
  if (line === undefined) return replaceLearnable(assignment.template, inputs.name);
  return seeds.length === 1 ? line : `${line} (mean of ${seeds.length} seeds)`;
}

/** The hand-written line, template or ensemble, that is best on dev images, the first of equals: an index, −1 for none. */
function bestOnDev(rows: readonly PromptResult[], { lines }: Evidence): number {
  let best = -1;
  for (const [at, { kind, dev }] of rows.entries()) {
    if (kind !== 'template' && kind !== 'ensemble') continue;
    // A control is nobody's prompt.
    if (lines[at]!.line.source?.kind === 'waffle') continue;
    if (best === -1 || dev!.value > rows[best]!.dev!.value) best = at;
  }
  return best;
}

function evaluationsOf({ figures: { evaluations } }: Learned): Pick<SeedResult, 'evaluations'> {
  return evaluations === undefined ? {} : { evaluations };
}

function splitInWords(task: Task): string {
  const { given, grouped } = task.dataset;
  const said = grouped ? 'near-duplicates grouped' : 'near-duplicates kept';
  return grouped === given ? `${partsInWords(task)}, ${said}` : partsInWords(task);
}

function partsInWords({ project, dataset: { scan, published } }: Task): string {
  const { split } = project.document.directives;
  if (split.kind === 'fractions')
    return `by content, ${split.pool}/${split.dev}/${split.test}, seed ${split.seed}`;
  if (published)
    return `published (${path.basename(scan.split?.file ?? scan.folder)}), drawn as CoOp’s code does`;
  if (split.kind === 'folders' || scan.layout === 'split-folders') return 'given folders';
  return 'by content, 40 % pool, 20 % dev, 40 % test';
}
