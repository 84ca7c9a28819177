import type { RunInputs } from '../../shared/contracts/run';
import { methodOf } from '../methods/methods';
import type { Assignment } from '../methods/parts/method';
import { encodingSeconds } from '../models/parts/encoding-seconds';
import { FLOPS_PER_CORE } from '../models/parts/flops-per-core';
import { scorableLines } from '../task/prompt-lines';
import type { Task } from '../task/task';
import type { Work } from '../task/work';
import { methodsBeside } from './methods-beside';

/** The training process starts, opens the model and compiles its steps. */
const START_S = 1.5;
/** The report's statistics and nearest words. */
const REPORT_S = 1;

/**
 * Seconds of a run from its start to its report on this machine's processor, a guess: images that are not encoded yet,
 * steps of all seeds, the lines of the report and the methods beside them.
 */
export async function estimateRun(
  task: Task,
  assignment: Assignment<RunInputs['recipe']>,
  threads: number,
  comparisons: boolean,
  work: Work = {},
): Promise<number> {
  const { spec } = assignment;
  const rate = FLOPS_PER_CORE * threads;
  const shots = new Set(spec.seeds.flatMap(seed => task.draw(spec.shots, seed).train));
  const waiting = await task.notEncoded([...shots, ...task.images('dev'), ...task.images('test')], work);
  const encoding = encodingSeconds(waiting, task.model.images.flops(), threads);
  const learning = methodOf(spec).plan(task, assignment, threads).seconds;
  const { text } = task.model;
  // A prompt of ten tokens, forward: 24 d² multiply-adds a token and layer.
  const line =
    (task.classes.names.length * text.paddedRows(10) * text.layers * 2 * 12 * text.width ** 2) / rate;
  const lines = sumOf(scorableLines(task.project.document), ({ templates }) => templates.length);
  const beside = comparisons
    ? sumOf(
        methodsBeside(spec),
        other => methodOf(other).plan(task, { ...assignment, spec: other }, threads).seconds,
      )
    : 0;
  return START_S + encoding + learning + lines * line + REPORT_S + beside;
}

function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
