import { createHash } from 'node:crypto';
import path from 'node:path';
import { inspectLock } from '../../files/runs/inspect-lock';
import { type Measurement, ZERO_SHOT } from '../../shared/contracts/experiment-results';
import type { RunSummary } from '../../shared/contracts/run';
import { isResumable } from '../../shared/contracts/run-status';
import { classifiersOfRun } from '../jobs/classifiers-of-run';
import { learnedOnCpu } from '../jobs/learn-on-cpu';
import { newRun, type RunToBe, runsOfKey, runToBe } from '../jobs/prepare-run';
import { contextHashes } from '../jobs/run-key';
import { methodOf } from '../methods/methods';
import type { Classifier } from '../methods/parts/method';
import { fileHash } from '../models/parts/file-hash';
import type { ProcessorShare } from '../runtime/session';
import { findLine, type PromptLine, scorableLines } from '../task/prompt-lines';
import type { Task } from '../task/task';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { VERSION } from '../version';
import type { Cell } from './cells';
import { learnedVectors } from './figures/context-family';
import { type Contender, measured } from './measured';
import { type Place, placesOf } from './place';
import type { ExperimentTarget } from './read-experiment';

/** What cells are prepared and measured with. */
export interface CellTools {
  readonly shelf: TaskShelf;
  readonly targets: readonly ExperimentTarget[];
  readonly device: string;
  /** Of the experiment; its runs carry it. */
  readonly title: string;
  /** Learns what a run directory asks for, on a lane of its own among those that learn at the same time. */
  readonly learn: (directory: string, work: Work, lane: number) => Promise<void>;
}

/** What one of the cells side by side takes. */
export interface Slot extends ProcessorShare {
  readonly threads: number;
  readonly lane: number;
}

/** A cell that can be measured: what it will take, and how to do it. */
export interface PreparedCell {
  readonly cell: Cell;
  /** Equal for equal results; sha256, hex. */
  readonly key: string;
  /** A guess, of work that is not done yet. */
  readonly seconds: number;
  /** Memory while it is learned, a guess. */
  readonly bytes: number;
  measure(
    work: Work,
    slot: Slot,
  ): Promise<{ readonly measurements: readonly Measurement[]; readonly notes: readonly string[] }>;
}

/**
 * Opens what a cell stands on; nothing is encoded or written yet.
 * @throws CoopError as `TaskShelf.open`, `Target.open` and `planRun`
 */
export async function prepareCell(cell: Cell, tools: CellTools, work: Work): Promise<PreparedCell> {
  const places = await placesOf(cell.task, tools.targets, tools.shelf, work);
  const task = places[0]!.task;
  const { document } = task.project;
  const written = document.baseline?.line ?? 'a photo of a {}.';
  const baseline = findLine(document, written);
  const lines = cell.kind === 'lines' ? handWritten(task, baseline, cell.lines) : [baseline];
  const templates = lines.flatMap(line => line.templates);
  const contexts = await contextHashes(task.project.folder, templates);
  const described = await Promise.all(lines.map(line => sourceHash(line, task.project.folder)));
  const keyOf = (decides: unknown) =>
    createHash('sha256')
      .update(
        JSON.stringify([
          VERSION,
          cell.kind,
          baseline.line,
          contexts,
          places.map(({ name, hash }) => [name, hash]),
          decides,
        ]),
      )
      .digest('hex');
  const all = (contenders: readonly Contender[], of: Partial<Measurement> = {}) =>
    measured({ cell, baseline, places, contenders, of });

  switch (cell.kind) {
    case 'lines':
      return {
        cell,
        // A document's ensembles and files may change under their names.
        key: keyOf(
          lines.map(({ line, templates: of }, at) => [line, of.map(each => each.line), ...described[at]!]),
        ),
        seconds: 1,
        bytes: 0,
        measure: async now => ({
          measurements: await all(lines.map((line, at) => lineContender(line, at === 0)))(now),
          notes: [],
        }),
      };
    case 'method': {
      const assignment = { spec: cell.spec, template: baseline.templates[0]!, baseline };
      const method = methodOf(cell.spec);
      return {
        cell,
        key: keyOf(cell.spec),
        seconds: method.plan(task, assignment, 1).seconds,
        bytes: 0,
        measure: async (now, slot) => {
          const { title, note, classifiers } = await learnedOnCpu(task, assignment, now, slot);
          const contender: Contender = {
            kind: 'method',
            series: title,
            seeds: cell.spec.seeds,
            answers: async place => (place.sameClasses ? classifiers : null),
          };
          const measurements = await all([contender], { shots: cell.spec.shots })(now);
          return { measurements, notes: [note] };
        },
      };
    }
    case 'prompt': {
      const { prompt, recipe } = cell;
      const request = {
        line: prompt.layout,
        recipe,
        comparisons: false,
        device: tools.device,
      };
      const run = await runToBe(cell.task.project, request, tools.shelf, work);
      return {
        cell,
        key: keyOf(run.key),
        seconds: run.plan.estimateSeconds,
        bytes: memoryOf(run),
        measure: async (now, slot) => {
          const directory = await learned(cell, run, slot, tools, now);
          const contender: Contender = {
            kind: 'learned',
            series: prompt.name,
            seeds: run.plan.recipe.seeds,
            answers: place => ofRun(directory, run, place),
          };
          const measurements = await all([contender], {
            shots: run.plan.recipe.shots,
            layout: run.plan.template,
            vectors: learnedVectors(run.plan.assignment.template),
            run: path.basename(directory),
          })(now);
          return { measurements, notes: run.plan.warnings };
        },
      };
    }
  }
}

/** The document's own lines, and those that the experiment adds; of equals the first. */
function handWritten(task: Task, baseline: PromptLine, more: readonly string[]): PromptLine[] {
  const { document } = task.project;
  const all = [baseline, ...scorableLines(document), ...more.map(line => findLine(document, line))];
  return all.filter(({ line }, at) => all.findIndex(other => other.line === line) === at);
}

function lineContender(line: PromptLine, isBaseline: boolean): Contender {
  return {
    kind: line.kind,
    series: isBaseline ? ZERO_SHOT : line.line,
    layout: line.line,
    seeds: [null],
    answers: async ({ task }, work) => {
      const { features } = await task.text(line, work);
      return [{ answer: images => task.answer(images, features) }];
    },
  };
}

/** The directory of a run of this key that is done: found, gone on with, or learned now. */
async function learned(
  cell: Cell,
  run: RunToBe,
  { threads, lane }: Slot,
  { learn, title }: CellTools,
  work: Work,
): Promise<string> {
  const { project } = cell.task;
  const known = await runsOfKey(project, run.key);
  const done = known.find(({ status, hasReport }) => status === 'done' && hasReport);
  if (done !== undefined) return done.directory;
  const unfinished = known.find(({ status }) => isResumable(status)) ?? (await neverBegun(known, title));
  const directory =
    unfinished?.directory ??
    (await oneAfterTheOther(() => newRun(project, { ...run.inputs, threads, experiment: title })));
  await learn(directory, work, lane);
  return directory;
}

/** What a killed process of this experiment made and did not come to begin; others' may be about to. */
async function neverBegun(runs: readonly RunSummary[], title: string): Promise<RunSummary | undefined> {
  for (const run of runs) {
    if (run.status !== 'starting' || run.inputs.experiment !== title) continue;
    if ((await inspectLock(run.directory)).condition === 'none') return run;
  }
  return undefined;
}

let last: Promise<unknown> = Promise.resolve();

/** Names of runs are free until one takes them. */
function oneAfterTheOther<T>(job: () => Promise<T>): Promise<T> {
  const next = last.then(job);
  last = next.catch(() => undefined);
  return next;
}

async function ofRun(
  directory: string,
  { plan }: RunToBe,
  { task, sameClasses }: Place,
): Promise<Classifier[] | null> {
  const { template, spec } = plan.assignment;
  const perClass = template.segments.some(segment => segment.kind === 'learnable' && segment.perClass);
  if (perClass && !sameClasses) return null;
  return classifiersOfRun(directory, task, template, spec.seeds);
}

/** Sixteen numbers of a text row and layer are kept for its gradient, and the session has weights of its own. */
function memoryOf({ plan }: RunToBe): number {
  const { task, assignment } = plan;
  const { text } = task.model;
  const classes = task.classes.names.length;
  const perClass = assignment.template.segments.some(
    segment => segment.kind === 'learnable' && segment.perClass,
  );
  const shared = learnedVectors(assignment.template) * (perClass ? classes : 1);
  const rows = classes + text.guessedStepRows(shared, classes);
  const numbers = rows * text.layers * text.width * 16 + text.layers * 12 * text.width ** 2;
  return 4 * 1.5 * numbers + 100e6;
}

/** The hash of the file that a line's prompts come from; nothing for templates, and one that is gone is told where it is read. */
async function sourceHash({ source }: PromptLine, folder: string): Promise<readonly string[]> {
  if (source === null) return [];
  return [await fileHash(path.resolve(folder, source.file)).catch(() => 'missing')];
}
