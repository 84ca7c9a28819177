import * as vscode from 'vscode';
import { isGoing, isResumable } from '../../../shared/contracts/run-status';
import type { RegisteredCommands } from '../../services/command-list';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { runOf } from '../../services/run-of';
import type { RunWatcher } from '../../services/run-watcher';
import type { TextDocuments } from '../../services/text-documents';
import { applyLearned } from './apply-learned';
import { compareRuns } from './compare-runs';
import { deleteRuns } from './delete-run';
import { registerNotices } from './notices';
import { registerRunsTree } from './runs-tree';

interface Services {
  readonly context: vscode.ExtensionContext;
  readonly engine: EngineClient;
  readonly watcher: RunWatcher;
  readonly texts: TextDocuments;
  readonly log: vscode.LogOutputChannel;
}

/** Everything about runs: each command takes a run's directory or an item of the tree, or means the newest that fits. */
export function registerRuns({ context, engine, watcher, texts, log }: Services): vscode.Disposable {
  const command = (id: keyof RegisteredCommands, run: (...given: readonly unknown[]) => Promise<unknown>) =>
    registerCommand(log, id, async (...given: readonly unknown[]) => {
      try {
        return await run(...given);
      } finally {
        await watcher.refresh();
      }
    });
  return vscode.Disposable.from(
    registerRunsTree(watcher),
    registerNotices(context, watcher, log),
    command('coop.stop', async (...given) => {
      const { directory } = await runOf(watcher, given, isGoing, 'No run is going on.');
      await engine.request('run/stop', { directory });
    }),
    command('coop.resume', async (...given) => {
      const { directory } = await runOf(watcher, given, isResumable, 'No run can be resumed.');
      await engine.request('run/resume', { directory });
    }),
    command('coop.apply', async (...given) => {
      const run = await runOf(watcher, given, status => status === 'done', 'No run has ended yet.');
      await applyLearned(engine, run);
    }),
    command('coop.deleteRun', (...given) => deleteRuns(watcher, given)),
    command('coop.compareRuns', (...given) => compareRuns(engine, watcher, texts, given)),
  );
}
