import { watchControl } from '../../files/runs/control';
import { RunWriter } from '../../files/runs/run-writer';
import { errorData } from '../../shared/errors';
import type { Work } from '../task/work';
import { finishRun } from './finish-run';
import { openRun } from './open-run';
import { type LearnOptions, RunLearning } from './run-learning';

/**
 * The training process: learns what `run.json` asks for, from the beginning or from the last checkpoint, and writes
 * context and report. Stops after saving when `control` or the signal says so.
 * @throws CoopError as it has written into the run's state: `run.locked`, `run.changed`, `run.nonFinite` and the
 * errors of loading images and model
 */
export async function learnRun(
  directory: string,
  work: Work = {},
  options: LearnOptions = {},
): Promise<void> {
  const started = performance.now();
  const writer = await RunWriter.open(directory);
  const stop = new AbortController();
  const control = await watchControl(directory, () => stop.abort());
  const signal = work.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, work.signal]);
  const watched: Work = {
    signal,
    onProgress: progress => {
      work.onProgress?.(progress);
      const { message, done, total, unit } = progress;
      writer.state({ progress: { message, done, total, unit } }).catch(() => undefined);
    },
    onWarning: message => {
      // Whoever watches the run reads its events; a disk that is full is told by the next write that matters.
      writer.event({ type: 'warning', message }).catch(() => undefined);
    },
  };
  try {
    // Until now watchers saw what the process before was doing when it ended.
    await writer.state({ phase: 'starting' });
    const run = await openRun(writer, watched, options.shelf);
    const learning = new RunLearning(run, writer, watched, options, started);
    await finishRun(run, await learning.learn(), writer, watched);
  } catch (thrown) {
    const error = errorData(thrown);
    const stopped = error.code === 'cancelled';
    if (!stopped) await writer.event({ type: 'error', error }).catch(() => undefined);
    await writer.phase(stopped ? 'stopped' : 'failed', stopped ? {} : { error }).catch(() => undefined);
    throw thrown;
  } finally {
    control.dispose();
    await writer.close();
  }
}
