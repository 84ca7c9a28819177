import type { RunWriter } from '../../files/runs/run-writer';
import type { RunInputs } from '../../shared/contracts/run';
import { CoopError } from '../../shared/errors';
import { parseTemplate } from '../../shared/template/parse-template';
import type { Assignment } from '../methods/parts/method';
import { openProject } from '../task/open-project';
import { findLine } from '../task/prompt-lines';
import type { Task } from '../task/task';
import { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { changedSince, runHashes } from './run-key';

/** A run's inputs with everything they name. */
export interface OpenedRun {
  readonly inputs: RunInputs;
  readonly task: Task;
  readonly assignment: Assignment<RunInputs['recipe']>;
}

/**
 * Opens what a run was started on.
 * @param shelf of a process that has tasks open; default: one of its own, on the run's device and threads
 * @throws CoopError `run.changed` when it is not the same any more; `run.corrupt`; as `TaskShelf.open`
 */
export async function openRun(writer: RunWriter, work: Work, shelf?: TaskShelf): Promise<OpenedRun> {
  const { inputs } = writer.summary;
  await writer.event({ type: 'device', device: inputs.device, refused: inputs.refused ?? [] });
  work.signal?.throwIfAborted();
  await writer.phase('scanning');
  const { device, threads } = inputs;
  return openInputs(inputs, shelf ?? new TaskShelf({ device, threads, onWarning: work.onWarning }), work);
}

/** As `openRun`, of a run that is only read. */
export async function openInputs(inputs: RunInputs, shelf: TaskShelf, work: Work): Promise<OpenedRun> {
  const project = { ...openProject(inputs.document), precision: inputs.precision ?? 'float32' };
  const task = await shelf.open(project, work);
  const { template, problems } = parseTemplate(inputs.template);
  if (template === null)
    throw new CoopError(
      'run.corrupt',
      `The run’s template “${inputs.template}” is none: ${problems[0]?.message}`,
      {
        next: 'Delete the run’s folder, or restore run.json from a copy.',
      },
    );
  const assignment = {
    spec: inputs.recipe,
    template,
    baseline: findLine(project.document, inputs.baseline),
  };
  const changed = changedSince(inputs.hashes, await runHashes(task, assignment));
  if (changed.length > 0) {
    throw new CoopError('run.changed', `Since this run began, ${changed.join(' and ')} changed.`, {
      next: 'Put them back to go on, or start a new run.',
    });
  }
  return { inputs, task, assignment };
}
