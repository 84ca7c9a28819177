import type * as vscode from 'vscode';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { LearnedFrom } from '../../services/learned-from';
import type { RunWatcher } from '../../services/run-watcher';
import { LastChoice } from './learn-arguments';
import { learnPrompt } from './learn-prompt';

interface Services {
  readonly context: vscode.ExtensionContext;
  readonly engine: EngineClient;
  readonly watcher: RunWatcher;
  readonly log: vscode.LogOutputChannel;
}

/** Learn Prompt; the view “Runs” shows what was started. */
export function registerLearn({ context, engine, watcher, log }: Services): vscode.Disposable {
  const last = new LastChoice(context.workspaceState);
  const from = new LearnedFrom(context.workspaceState);
  return registerCommand(log, 'coop.learn', async (given?: unknown) => {
    try {
      return await learnPrompt({ engine, last, from }, given);
    } finally {
      await watcher.refresh();
    }
  });
}
