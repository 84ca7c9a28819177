import type { PlannedExperiment } from '../../shared/contracts/protocol';
import { learnRun } from '../jobs/learn-run';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { openExperiment } from './read-experiment';
import { ExperimentRun } from './run-experiment';

/**
 * What an experiment will take, before it starts.
 * @throws CoopError as `openExperiment` and `ExperimentRun.prepare`
 */
export async function planExperiment(
  file: string,
  shelf: TaskShelf,
  { device, threads }: { readonly device?: string; readonly threads?: number },
  work: Work,
): Promise<PlannedExperiment> {
  const experiment = await openExperiment(file);
  const running = new ExperimentRun(experiment, {
    ...(threads === undefined ? {} : { cores: threads }),
    ...(device === undefined ? {} : { device }),
    shelf,
    learn: (directory, now, lane) => learnRun(directory, now, { shelf, lane }),
  });
  const { cells, seconds, bytes, jobs, device: used, undrawn } = await running.prepare(work);
  return {
    title: experiment.spec.title,
    cells: cells.length,
    done: cells.filter(({ status }) => status === 'done').length,
    failures: cells.flatMap(state =>
      state.status === 'failed' ? [{ title: state.cell.title, message: state.error.message }] : [],
    ),
    seconds,
    bytes,
    jobs,
    device: used,
    undrawn,
  };
}
