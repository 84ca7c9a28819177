import { contextBytes } from '../../files/contexts/learned-context';
import { textOfReport } from '../../files/runs/read-report';
import type { RunWriter } from '../../files/runs/run-writer';
import type { LinearProbeSpec, MethodSpec } from '../../shared/contracts/method-spec';
import type { Report } from '../../shared/contracts/report';
import { CoopError } from '../../shared/errors';
import { learnedContext } from '../methods/coop/trained-context';
import { methodOf } from '../methods/methods';
import type { Work } from '../task/work';
import { type Answers, Evidence } from './evidence';
import { learnedOnCpu } from './learn-on-cpu';
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
  const contexts = await contextsOf(run, learned, evidence, seeds);
  const report = await reportOf(run, learned, evidence, seeds, contexts[chosen]!, work);
  await writer.file('context', contextBytes(contexts[chosen]!));
  if (contexts.length > 1)
    for (const [at, context] of contexts.entries())
      await writer.file(`seed-${inputs.recipe.seeds[at]!}`, contextBytes(context));
  const write = (written: Report) => writer.file('report', textOfReport(writer.directory, written));
  await write(report);
  if (inputs.comparisons !== false)
    await write(await withMethods(report, run, evidence, learned.seconds, work));
  await writer.phase('done', { devAccuracy: report.seeds[chosen]!.dev.value });
}

async function contextsOf(
  { inputs, task, assignment }: OpenedRun,
  { learned }: LearnedRun,
  evidence: Evidence,
  seeds: readonly Answers[],
) {
  const rows = await task.rows(assignment.template);
  const { name, shots, epochs } = inputs.recipe;
  return learned.map((one, at) => ({
    ...learnedContext(task, rows, one, {
      template: inputs.template,
      runId: inputs.id,
      createdAt: inputs.createdAt,
    }),
    recipe: `${name}, ${shots} shots, seed ${inputs.recipe.seeds[at]}, ${epochs} epochs`,
    devAccuracy: evidence.onDev([seeds[at]!]).value,
  }));
}

/** What stands beside the prompts of every report: each learns from the same shots of the same seeds. */
function comparisons({ shots, seeds }: MethodSpec): readonly LinearProbeSpec[] {
  return [{ method: 'linear-probe', shots, seeds }];
}

/** The report with other methods on the same shots in its table, or why they are not there. */
async function withMethods(
  report: Report,
  { task, assignment }: OpenedRun,
  evidence: Evidence,
  seconds: () => number,
  work: Work,
): Promise<Report> {
  const rows: Report['results'][number][] = [];
  const leftOut: string[] = [];
  for (const spec of comparisons(assignment.spec)) {
    const { title } = methodOf(spec);
    try {
      const { note, classifiers } = await learnedOnCpu(task, { ...assignment, spec }, work);
      const answers = classifiers.map(classifier => evidence.answersOf(classifier));
      rows.push({ ...evidence.row('method', title, answers), note });
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
    ...report,
    results: [...report.results.slice(0, -1), ...rows, ...report.results.slice(-1)],
    ...(leftOut.length === 0 ? {} : { leftOut }),
    provenance: { ...report.provenance, seconds: seconds() },
  };
}
