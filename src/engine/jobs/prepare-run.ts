import path from 'node:path';
import { coopFolder } from '../../files/coop-folder';
import { createRun } from '../../files/runs/create-run';
import { readReport } from '../../files/runs/read-report';
import { listRuns } from '../../files/runs/read-run';
import { uniqueRunName } from '../../files/runs/run-name';
import type { RunPlan, RunRequest } from '../../shared/contracts/protocol';
import type { RunInputs, RunSummary } from '../../shared/contracts/run';
import { RUN_FORMAT } from '../../shared/contracts/run-inputs';
import { isResumable } from '../../shared/contracts/run-status';
import { repeatCommand } from '../../shared/format/repeat-command';
import { shellOf } from '../../shared/format/shell-argument';
import type { Project } from '../task/open-project';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { VERSION } from '../version';
import { type PlannedRun, planRun } from './plan-run';
import { runHashes, runKey } from './run-key';

export interface PreparedRun {
  readonly directory: string;
  /** True when an unfinished run of the same inputs was found and goes on, or one whose report lacks methods. */
  readonly resumed: boolean;
  /** The plan's. */
  readonly warnings: readonly string[];
}

/** A run that is planned, and nothing is written yet. */
export interface RunToBe {
  readonly plan: PlannedRun;
  readonly inputs: RunInputs;
  /** See `runKey`. */
  readonly key: string;
}

/** @throws as `planRun` */
export async function runToBe(
  project: Project,
  request: RunRequest,
  shelf: TaskShelf,
  work: Work = {},
): Promise<RunToBe> {
  const plan = await planRun(project, request, shelf, work);
  const inputs = await inputsOf(project, plan, request.comparisons);
  return { plan, inputs, key: runKey(inputs) };
}

/** Runs beside a document that have a key, newest first. */
export async function runsOfKey(project: Project, key: string): Promise<RunSummary[]> {
  const runs = await listRuns(coopFolder(project.folder, 'runs'));
  return runs.filter(({ inputs }) => runKey(inputs) === key);
}

/** The directory of a new run. */
export async function newRun(project: Project, inputs: RunInputs): Promise<string> {
  // Others may have begun since it was planned.
  const name = await uniqueRunName(project.folder, inputs.name);
  return createRun(coopFolder(project.folder, 'runs'), { ...inputs, name });
}

/**
 * The run directory for a request: an unfinished run of exactly these inputs goes on, else a new one is written.
 * Nothing is learned yet; `learnRun` does that.
 * @param options.fresh never go on with an old run
 */
export async function prepareRun(
  project: Project,
  request: RunRequest,
  shelf: TaskShelf,
  options: { readonly fresh?: boolean } = {},
  work: Work = {},
): Promise<PreparedRun> {
  const { plan, inputs, key } = await runToBe(project, request, shelf, work);
  const { warnings } = plan;
  if (options.fresh !== true) {
    const same = await runsOfKey(project, key);
    const unfinished = same.find(({ status }) => isResumable(status))?.directory;
    const known = unfinished ?? (await withoutComparisons(same, inputs));
    if (known !== undefined) return { directory: known, resumed: true, warnings };
  }
  return { directory: await newRun(project, inputs), resumed: false, warnings };
}

/** The newest run if it is done but for other methods on its shots that were to stand in its report. */
async function withoutComparisons(
  [newest]: readonly RunSummary[],
  { comparisons }: RunInputs,
): Promise<string | undefined> {
  if (newest?.status !== 'done' || comparisons === false) return undefined;
  // A report that cannot be read is nothing to go on with.
  const report = await readReport(newest.directory).catch(() => null);
  return (report?.unfitted ?? []).length > 0 ? newest.directory : undefined;
}

/** The newest finished run that learned exactly this, with its report; undefined where there is none. */
export async function learnedBefore(project: Project, plan: PlannedRun): Promise<RunPlan['learnedBefore']> {
  const runs = await runsOfKey(project, runKey(await inputsOf(project, plan, undefined)));
  const same = runs.find(({ hasReport }) => hasReport);
  return same === undefined ? undefined : { name: same.inputs.name, directory: same.directory };
}

async function inputsOf(
  project: Project,
  plan: PlannedRun,
  comparisons: boolean | undefined,
): Promise<RunInputs> {
  const createdAt = new Date().toISOString();
  const base = path.basename(project.path, '.prompts').replace(/[^\p{L}\p{N}_-]+/gu, '-');
  const name = await uniqueRunName(project.folder, `${base}-${plan.recipe.shots}shot`);
  return {
    format: RUN_FORMAT,
    id: '',
    name,
    createdAt,
    version: VERSION,
    document: { path: project.path, text: project.text },
    template: plan.template,
    replaces: plan.replaces,
    baseline: plan.baseline,
    recipe: plan.recipe,
    ...(comparisons === undefined ? {} : { comparisons }),
    device: plan.device,
    refused: plan.refused,
    threads: plan.threads,
    ...(plan.precision === 'float32' ? {} : { precision: plan.precision }),
    hashes: await runHashes(plan.task, plan.assignment),
    command: repeatCommand(
      { ...plan, document: project.path, ...(comparisons === undefined ? {} : { comparisons }) },
      shellOf(process.platform),
    ),
  };
}
