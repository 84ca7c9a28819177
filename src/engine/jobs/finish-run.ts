import { contextBytes } from '../../files/contexts/learned-context';
import { textOfReport } from '../../files/runs/read-report';
import { answersBytes } from '../../files/runs/run-answers';
import type { RunWriter } from '../../files/runs/run-writer';
import type { Report } from '../../shared/contracts/report';
import { recipeInWords } from '../../shared/format/recipe';
import { replaceLearnable } from '../../shared/template/replace-learnable';
import { learnedContext } from '../methods/coop/trained-context';
import { methodOf } from '../methods/methods';
import type { Work } from '../task/work';
import { type Answers, Evidence, kindOf } from './evidence';
import {
  type AnsweredRow,
  type Comparisons,
  fitComparisons,
  fittedBefore,
  withComparisons,
} from './fit-comparisons';
import type { OpenedRun } from './open-run';
import { answersOfSeeds, bestSeed, reportOf } from './report-of-run';
import type { LearnedRun } from './run-learning';

/**
 * Writes what a run has learned: its contexts and its report at once, and the report again whenever another method on the
 * same shots stands beside the prompts. Stopped meanwhile, the run is done without the rest, which it can go on with.
 * @throws as `reportOf`; CoopError `file.access`, `disk.full`
 */
export async function finishRun(
  run: OpenedRun,
  learned: LearnedRun,
  writer: RunWriter,
  work: Work,
): Promise<void> {
  const { inputs, task, assignment } = run;
  await writer.phase('reporting');
  const evidence = await Evidence.gather(task, assignment.baseline, work);
  const seeds = await answersOfSeeds(run, learned, evidence);
  const chosen = bestSeed(evidence, seeds);
  const plain = methodOf(assignment.spec).plain !== undefined;
  const contexts = plain ? [] : await contextsOf(run, learned, evidence, seeds);
  const report = await reportOf(run, learned, evidence, seeds, contexts[chosen] ?? null, work);
  if (!plain) await writer.file('context', contextBytes(contexts[chosen]!));
  if (contexts.length > 1)
    for (const [at, context] of contexts.entries())
      await writer.file(`seed-${inputs.recipe.seeds[at]!}`, contextBytes(context));
  const compares = inputs.comparisons !== false;
  const known = compares ? await fittedBefore(writer.directory) : null;
  const rows = rowsOf(run, evidence, seeds, report);
  const train = await trainingImages(run, work);
  const write = async (comparisons: Comparisons | null) => {
    const whole = comparisons === null ? report : withComparisons(report, comparisons);
    const provenance = { ...report.provenance, seconds: learned.seconds() };
    await writer.file('report', textOfReport(writer.directory, { ...whole, provenance }));
    const answered = [...rows, ...(comparisons?.answered ?? [])];
    const answers = { ...answersOf(run, evidence, answered), train };
    await writer.file('answers', answersBytes(answers, writer.directory));
  };
  await write(known);
  if (known !== null) {
    const bestLine = report.results.find(({ bestOnDev }) => bestOnDev === true)?.label;
    await fitComparisons(run, evidence, bestLine, known, write, work);
  }
  await writer.phase('done', { devAccuracy: report.seeds[chosen]!.dev.value });
}

/** Every answer in the order of the report's table; what was learned has one row a seed. */
function rowsOf(
  { inputs, assignment }: OpenedRun,
  evidence: Evidence,
  seeds: readonly Answers[],
  report: Report,
): AnsweredRow[] {
  return [
    ...evidence.lines.map(({ line, answers }) => ({
      kind: kindOf(line),
      label: line.line,
      seed: null,
      ...answers,
    })),
    ...seeds.map((answers, at) => ({
      kind: 'learned' as const,
      label: report.seeds[at]!.lines?.[0] ?? replaceLearnable(assignment.template, inputs.name),
      seed: inputs.recipe.seeds[at]!,
      ...answers,
    })),
  ];
}

function answersOf({ task }: OpenedRun, { dev, test }: Evidence, rows: readonly AnsweredRow[]) {
  const part = ({ images, labels }: Evidence['dev']) => ({ paths: images.map(({ path }) => path), labels });
  return { classes: task.classes.names, dev: part(dev), test: part(test), rows };
}

async function trainingImages({ inputs, task }: OpenedRun, work: Work) {
  const train: { seed: number; images: string[] }[] = [];
  for (const seed of inputs.recipe.seeds) {
    const { images } = await task.shots(inputs.recipe.shots, seed, work);
    train.push({ seed, images: images.map(({ path }) => path) });
  }
  return train;
}

async function contextsOf(
  { inputs, task, assignment }: OpenedRun,
  { learned }: LearnedRun,
  evidence: Evidence,
  seeds: readonly Answers[],
) {
  const rows = await task.rows(assignment.template);
  return learned.map((one, at) => ({
    ...learnedContext(task, rows, one, {
      template: inputs.template,
      runId: inputs.id,
      createdAt: inputs.createdAt,
    }),
    recipe: `${recipeInWords(inputs.recipe)}, seed ${inputs.recipe.seeds[at]}`,
    devAccuracy: evidence.onDev([seeds[at]!]).value,
  }));
}
