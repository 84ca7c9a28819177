import * as vscode from 'vscode';
import type { Commands, RegisteredCommands } from './command-list';
import { withErrors } from './show-error';

/** A command whose failures are shown; what it returns is for other commands and tests. */
export function registerCommand<Arguments extends readonly unknown[]>(
  log: vscode.LogOutputChannel,
  id: keyof RegisteredCommands,
  run: (...given: Arguments) => unknown,
): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (...given) => {
    let result: unknown;
    await withErrors(log, async () => {
      result = await run(...(given as unknown as Arguments));
    });
    return result;
  });
}

/** Runs a command of this extension. */
export function runCommand<Id extends keyof Commands>(id: Id, ...given: Commands[Id]): Thenable<unknown> {
  return vscode.commands.executeCommand(id, ...given);
}

/** A command of this extension behind a link, a lens or an item of a tree. */
export function commandLink<Id extends keyof Commands>(
  id: Id,
  title: string,
  ...given: Commands[Id]
): vscode.Command {
  return { title, command: id, arguments: [...given] };
}
