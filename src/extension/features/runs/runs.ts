import * as vscode from 'vscode';
import { CoopError } from '../../../shared/errors';
import type { RunStatus, RunSummary } from '../../../shared/run';
import { isFinal } from '../../../shared/run-files';
import type { EngineClient } from '../../services/engine-client';
import type { RunWatcher } from '../../services/run-watcher';
import { withErrors } from '../../services/show-error';
import { applyLearned } from './apply-learned';
import { learnPrompt } from './learn-prompt';

/** The commands that start, stop, resume and apply runs. Each takes a run's directory, or means the newest that fits. */
export function registerRuns(
  engine: EngineClient,
  watcher: RunWatcher,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const command = (id: string, run: (...args: never[]) => Promise<unknown>) =>
    vscode.commands.registerCommand(id, async (...args: never[]) => {
      let result: unknown;
      await withErrors(log, async () => {
        result = await run(...args);
      });
      await watcher.refresh();
      return result;
    });
  const find = async (directory: string | undefined, fits: (status: RunStatus) => boolean, none: string) => {
    await watcher.refresh();
    const run = watcher.runs.find(candidate =>
      directory === undefined ? fits(candidate.status) : candidate.directory === directory,
    );
    if (run === undefined)
      throw new CoopError('run.missing', none, { next: 'Run “CoOp: Learn Prompt” first.' });
    return run;
  };
  const running = (status: RunStatus) =>
    !isFinal(status as RunSummary['state']['phase']) && status !== 'interrupted';
  return vscode.Disposable.from(
    command('coop.learn', (line?: string, start?: boolean) => learnPrompt(engine, line, start === true)),
    command('coop.stop', async (directory?: string) => {
      const run = await find(directory, running, 'No run is going on.');
      await engine.request('run/stop', { directory: run.directory });
    }),
    command('coop.resume', async (directory?: string) => {
      const run = await find(
        directory,
        status => status === 'stopped' || status === 'interrupted' || status === 'failed',
        'No run can be resumed.',
      );
      await engine.request('run/resume', { directory: run.directory });
    }),
    command('coop.apply', async (directory?: string) => {
      await applyLearned(engine, await find(directory, status => status === 'done', 'No run has ended yet.'));
    }),
  );
}
