import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { removeLeftovers } from '../../files/disk/atomic-file';
import { refuseLinks } from '../../files/disk/refuse-links';
import { writeExperimentState } from '../../files/experiments/experiment-state';
import { watchControl } from '../../files/runs/control';
import { runFile } from '../../files/runs/run-file';
import { acquireLock } from '../../files/runs/run-lock';
import type { ExperimentState } from '../../shared/contracts/experiment-state';
import type { ResultTable } from '../../shared/contracts/result-table';
import { CoopError, errorData } from '../../shared/errors';
import { counted } from '../../shared/format/count';
import type { Work } from '../task/work';
import { RemainingTime } from './remaining-time';
import type { CellState, ExperimentPlan, ExperimentRun } from './run-experiment';
import { writePngFigures, writeResults } from './write-results';

interface Told {
  readonly plan?: (plan: ExperimentPlan) => void;
  /** Whenever a cell begins or ends. */
  readonly cells?: (cells: readonly CellState[]) => void;
}

interface EndedExperiment {
  readonly plan: ExperimentPlan;
  readonly table: ResultTable;
  /** Where every cell failed. */
  readonly error: CoopError | null;
}

/** Where a killed process may have left half a file. */
const WRITTEN_FOLDERS = ['.', 'cells', 'documents', 'figures'] as const;

/**
 * The process of an experiment: it alone writes in the folder of results, whose `state.json` says how far it is. Stops
 * after saving when `control` or the signal says so; the same experiment goes on where it was.
 * @throws CoopError as it has written into the state: `run.locked`; the signal's reason
 */
export async function runExperiment(
  running: ExperimentRun,
  work: Work = {},
  told: Told = {},
): Promise<EndedExperiment> {
  const { experiment } = running;
  const { out } = experiment;
  await mkdir(out, { recursive: true });
  await refuseLinks([out, runFile(out, 'state'), runFile(out, 'lock'), runFile(out, 'control')]);
  const lock = await acquireLock(out);
  for (const folder of WRITTEN_FOLDERS) await removeLeftovers(path.join(out, folder), 0);
  const stop = new AbortController();
  const control = await watchControl(out, () => stop.abort());
  const signal = work.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, work.signal]);
  let time: RemainingTime | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const tell = (phase: ExperimentState['phase'], more: Partial<ExperimentState> = {}) => {
    const state = stateOf(running, phase, { ...time?.left(running.cells), ...more });
    const next = last.then(() => writeExperimentState(out, state));
    last = next.catch(() => undefined);
    return next;
  };
  try {
    await tell('planning');
    const plan = await running.prepare({ ...work, signal });
    told.plan?.(plan);
    time = new RemainingTime(plan);
    await tell('measuring');
    await writeResults(experiment, running.cells);
    told.cells?.(running.cells);
    let ended = endedOf(running.cells);
    const { onProgress: _, ...quiet } = work;
    try {
      await running.run({ ...quiet, signal }, async () => {
        told.cells?.(running.cells);
        await tell('measuring');
        const now = endedOf(running.cells);
        if (now === ended) return;
        ended = now;
        await writeResults(experiment, running.cells);
      });
    } finally {
      await writeResults(experiment, running.cells);
    }
    const table = await writeResults(experiment, running.cells);
    await writePngFigures(experiment, running.cells);
    const error = running.cells.every(({ status }) => status === 'failed')
      ? allFailed(running.cells.length, out)
      : null;
    await (error === null ? tell('done') : tell('failed', { error: error.toData() }));
    return { plan, table, error };
  } catch (thrown) {
    const error = errorData(thrown);
    const stopped = error.code === 'cancelled';
    await tell(stopped ? 'stopped' : 'failed', stopped ? {} : { error }).catch(() => undefined);
    throw thrown;
  } finally {
    control.dispose();
    await rm(runFile(out, 'control'), { force: true }).catch(() => undefined);
    await lock.release();
  }
}

function allFailed(cells: number, out: string): CoopError {
  return new CoopError('usage', `All ${counted(cells, 'cell')} of the experiment failed.`, {
    subject: out,
    next: 'The reasons stand beside the cells.',
  });
}

function stateOf(
  { experiment, cells }: ExperimentRun,
  phase: ExperimentState['phase'],
  more: Partial<ExperimentState>,
): ExperimentState {
  const titles = (status: CellState['status']) =>
    cells.flatMap(state => (state.status === status ? [state.cell.title] : []));
  return {
    format: 1,
    title: experiment.spec.title,
    phase,
    updatedAt: new Date().toISOString(),
    total: cells.length,
    done: titles('done').length,
    running: titles('running'),
    failures: cells.flatMap(state =>
      state.status === 'failed' ? [{ title: state.cell.title, message: state.error.message }] : [],
    ),
    ...more,
  };
}

const endedOf = (cells: readonly CellState[]) =>
  cells.filter(({ status }) => status === 'done' || status === 'failed').length;
