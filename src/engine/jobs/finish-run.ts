import { contextBytes } from '../../files/contexts/learned-context';
import { textOfReport } from '../../files/runs/read-report';
import type { RunWriter } from '../../files/runs/run-writer';
import type { LinearProbeSpec } from '../../shared/contracts/method-spec';
import type { Report } from '../../shared/contracts/report';
import { RUN_FILES } from '../../shared/contracts/run';
import { CoopError } from '../../shared/errors';
import { learnedContext } from '../methods/coop/trained-context';
import { methodOf } from '../methods/methods';
import type { LearnIo } from '../methods/parts/method';
import { FallingDevice } from '../runtime/falling-device';
import type { Work } from '../task/work';
import { Evidence } from './evidence';
import type { OpenedRun } from './open-run';
import { reportOf } from './report-of-run';
import type { LearnedRun } from './run-learning';

/**
 * Writes what a run has learned: its context and its report at once, and the report again when the linear probe stands
 * beside the prompts. Stopped meanwhile, the run is done without the probe.
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
  const { recipe } = inputs;
  const context = learnedContext(task, await task.rows(assignment.template), learned.learned[0]!, {
    template: inputs.template,
    runId: inputs.id,
    createdAt: inputs.createdAt,
  });
  const evidence = await Evidence.gather(task, assignment.baseline, work);
  const report = await reportOf(run, learned, evidence, context, work);
  const devAccuracy = report.seeds[0]!.dev.value;
  await writer.file(
    RUN_FILES.context,
    contextBytes({
      ...context,
      recipe: `${recipe.name}, ${recipe.shots} shots, seed ${recipe.seeds[0]}, ${recipe.epochs} epochs`,
      devAccuracy,
    }),
  );
  const write = (written: Report) => writer.file(RUN_FILES.report, textOfReport(writer.directory, written));
  await write(report);
  await write(await withProbe(report, run, evidence, learned, work));
  await writer.phase('done', { devAccuracy });
}

/** The report with the linear probe on the same shots beside the prompts, or why it is not there. */
async function withProbe(
  report: Report,
  { task, assignment }: OpenedRun,
  evidence: Evidence,
  { seconds }: LearnedRun,
  work: Work,
): Promise<Report> {
  const { shots, seeds } = assignment.spec;
  const seed = seeds[0]!;
  const spec: LinearProbeSpec = { method: 'linear-probe', shots, seeds: [seed] };
  const probe = methodOf(spec);
  try {
    const learner = await probe.begin(task, { ...assignment, spec }, onCpu(work));
    const fitted = await learner.learn(seed, null);
    const classifier = await probe.open(fitted, task, { ...assignment, spec });
    const row = evidence.row('linear-probe', probe.title, evidence.answersOf(classifier));
    const { c = Number.NaN, images = 0 } = fitted.figures;
    return {
      ...report,
      results: [...report.results.slice(0, -1), row, ...report.results.slice(-1)],
      linearProbe: { seed, trainImages: images, c },
      provenance: { ...report.provenance, seconds: seconds() },
    };
  } catch (thrown) {
    if (work.signal?.aborted === true)
      return { ...report, linearProbe: { leftOut: 'the run was stopped before it was fitted' } };
    if (!(thrown instanceof CoopError)) throw thrown;
    if (thrown.code !== 'method.leftOut') work.onWarning?.(thrown.message);
    return { ...report, linearProbe: { leftOut: thrown.message.replace(/\.$/, '') } };
  }
}

/** Methods on cached features need no device, and are short enough to begin again. */
function onCpu(work: Work): LearnIo {
  return {
    ...work,
    device: new FallingDevice('cpu', [], () => undefined),
    threads: 1,
    onStep: () => undefined,
    onEpoch: async () => undefined,
    onCheckpoint: async () => undefined,
  };
}
