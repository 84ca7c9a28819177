import { contextBytes } from '../../files/contexts/learned-context';
import { textOfReport } from '../../files/runs/read-report';
import { type AnswersToWrite, answersBytes } from '../../files/runs/run-answers';
import type { RunWriter } from '../../files/runs/run-writer';
import type { Report } from '../../shared/contracts/report';
import { CoopError } from '../../shared/errors';
import { recipeInWords } from '../../shared/format/recipe';
import { replaceLearnable } from '../../shared/template/replace-learnable';
import { learnedContext } from '../methods/coop/trained-context';
import { methodOf } from '../methods/methods';
import type { Classifier } from '../methods/parts/method';
import type { Work } from '../task/work';
import { type Answers, Evidence, kindOf } from './evidence';
import { askedLine, askedWith, learnedOnCpu } from './learn-on-cpu';
import { methodsBeside } from './methods-beside';
import type { OpenedRun } from './open-run';
import { answersOfSeeds, bestSeed, reportOf } from './report-of-run';
import type { LearnedRun } from './run-learning';

/**
 * Writes what a run has learned: its contexts and its report at once, and the report again when other methods on the same
 * shots stand beside the prompts. Stopped meanwhile, the run is done without them.
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
  const write = (written: Report) => writer.file('report', textOfReport(writer.directory, written));
  await write(report);
  const rows = rowsOf(run, evidence, seeds, report);
  const train = await trainingImages(run, work);
  const keep = (more: readonly AnsweredRow[]) =>
    writer.file(
      'answers',
      answersBytes({ ...answersOf(run, evidence, [...rows, ...more]), train }, writer.directory),
    );
  await keep([]);
  if (inputs.comparisons !== false) {
    const { report: whole, rows: more } = await withMethods(report, run, evidence, learned.seconds, work);
    await write(whole);
    await keep(more);
  }
  await writer.phase('done', { devAccuracy: report.seeds[chosen]!.dev.value });
}

type AnsweredRow = AnswersToWrite['rows'][number];

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

/** The report with other methods on the same shots in its table, or why they are not there. */
async function withMethods(
  report: Report,
  { task, assignment }: OpenedRun,
  evidence: Evidence,
  seconds: () => number,
  work: Work,
): Promise<{ readonly report: Report; readonly rows: readonly AnsweredRow[] }> {
  const rows: Report['results'][number][] = [];
  const answered: AnsweredRow[] = [];
  const leftOut: string[] = [];
  const bestLine = report.results.find(({ bestOnDev }) => bestOnDev === true)?.label;
  for (const spec of methodsBeside(assignment.spec)) {
    const method = methodOf(spec);
    const { title } = method;
    const add = (label: string, note: string, classifiers: readonly Classifier[]) => {
      const answers = classifiers.map(classifier => evidence.answersOf(classifier));
      for (const [at, one] of answers.entries())
        answered.push({ kind: 'method', label, seed: spec.seeds[at]!, ...one });
      rows.push({ ...evidence.row('method', label, answers), note });
    };
    try {
      const own = { ...assignment, spec };
      const { note, classifiers, learned } = await learnedOnCpu(task, own, work);
      add(title, note, classifiers);
      const other = evidence.lines.find(({ line }) => line.line === bestLine)?.line;
      if (method.asksAnyLine !== true || other === undefined || other.line === assignment.baseline.line)
        continue;
      add(
        askedWith(title, other),
        `What ${title} adapted is asked the hand-written line that is best on dev images, too.`,
        await askedLine(task, own, learned, other),
      );
    } catch (thrown) {
      if (work.signal?.aborted === true) {
        leftOut.push(`There is no ${title}: the run was stopped before it was fitted.`);
        break;
      }
      if (!(thrown instanceof CoopError)) throw thrown;
      leftOut.push(`There is no ${title}: ${thrown.message}`);
    }
  }
  return {
    rows: answered,
    report: {
      ...report,
      results: [...report.results.slice(0, -1), ...rows, ...report.results.slice(-1)],
      ...(leftOut.length === 0 ? {} : { leftOut }),
      provenance: { ...report.provenance, seconds: seconds() },
    },
  };
}
