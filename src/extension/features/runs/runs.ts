import * as vscode from 'vscode';
import type { RunStatus } from '../../../shared/contracts/run';
import { canResume, isGoing, isResumable } from '../../../shared/contracts/run-status';
import type { RegisteredCommands } from '../../services/command-list';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { LearnedFrom } from '../../services/learned-from';
import { tell } from '../../services/notice';
import type { RunGains } from '../../services/run-gains';
import { runOf } from '../../services/run-of';
import type { RunSelection } from '../../services/run-selection';
import type { RunWatcher } from '../../services/run-watcher';
import { applyLearned } from './apply-learned';
import { deleteRuns } from './delete-run';
import { registerNotices } from './notices';
import { tellFailure } from './run-failure';
import { registerRunsTree } from './runs-tree';

const FAILURES: ReadonlySet<RunStatus> = new Set(['failed', 'interrupted']);

interface Services {
  readonly context: vscode.ExtensionContext;
  readonly engine: EngineClient;
  readonly watcher: RunWatcher;
  readonly gains: RunGains;
  readonly selection: RunSelection;
  readonly log: vscode.LogOutputChannel;
}

/** Everything about runs: each command takes a run's directory or an item of the tree, or means the newest that fits. */
export function registerRuns({
  context,
  engine,
  watcher,
  gains,
  selection,
  log,
}: Services): vscode.Disposable {
  const command = (id: keyof RegisteredCommands, run: (...given: readonly unknown[]) => Promise<unknown>) =>
    registerCommand(log, id, async (...given: readonly unknown[]) => {
      try {
        return await run(...given);
      } finally {
        await watcher.refresh();
      }
    });
  const from = new LearnedFrom(context.workspaceState);
  return vscode.Disposable.from(
    registerRunsTree(watcher, gains, selection),
    registerNotices({ context, watcher, gains, log }),
    command('coop.stop', async (...given) => {
      const { directory } = await runOf(
        watcher,
        given,
        ({ status }) => isGoing(status),
        'No run is going on.',
      );
      await engine.request('run/stop', { directory });
    }),
    command('coop.resume', async (...given) => {
      const run = await runOf(watcher, given, canResume, 'No run can be resumed.');
      const { directory, status, state, inputs } = run;
      // From a notice that was read late: what is the case now is all there is to say.
      if (!isResumable(status)) {
        const now = isGoing(status)
          ? `is going on: epoch ${state.epoch} of ${state.epochs}`
          : 'has ended meanwhile';
        tell('information', `The run “${inputs.name}” ${now}.`);
        return;
      }
      await engine.request('run/resume', { directory });
    }),
    command('coop.showFailure', async (...given) => {
      const run = await runOf(watcher, given, ({ status }) => FAILURES.has(status), 'No run has failed.');
      await tellFailure(run, log);
    }),
    command('coop.apply', async (...given) => {
      const run = await runOf(watcher, given, ({ status }) => status === 'done', 'No run has ended yet.');
      await applyLearned(engine, run, from.uriOf(run.directory));
    }),
    command('coop.deleteRun', (...given) => deleteRuns(watcher, given)),
  );
}
