import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../src/extension/extension';
import { labels } from './hints';

/** A workspace that is not trusted: documents are checked and coloured, and no process starts. */
export function restricted(): void {
  describe('in a workspace that is not trusted', () => {
    let document: vscode.TextDocument;
    let api: Api;

    before(async () => {
      assert.equal(vscode.workspace.isTrusted, false);
      api = await vscode.extensions.getExtension<Api>('coop-vscode.coop-vscode')!.activate();
      const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
      document = await vscode.workspace.openTextDocument(path.join(folder, 'demo.prompts'));
      await vscode.window.showTextDocument(document);
    });

    it('checks the document', async () => {
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, document.lineAt(document.lineCount - 1).range.end, '\na photo of a %s.\n');
      await vscode.workspace.applyEdit(edit);
      const problems = vscode.languages.getDiagnostics(document.uri);
      assert.match(problems[0]!.message, /no place for the class name/);
    });

    it('offers trust in place of actions', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
      );
      assert.deepEqual(
        lenses.map(({ command }) => command?.command),
        ['workbench.trust.manage'],
      );
    });

    it('starts no engine, neither for hints nor for commands', async () => {
      await vscode.commands.executeCommand('coop.score');
      await vscode.commands.executeCommand('coop.scan');
      await vscode.commands.executeCommand('coop.learn', { line: '[V:16] {}.', start: true });
      // Longer than the rest after which an edited line is scored.
      await new Promise(resolve => setTimeout(resolve, 1000));
      assert.equal(await api.engine.pid(), undefined);
      assert.equal((await labels(document)).size, 0);
    });
  });
}
