import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../src/extension/extension';
import { readReport } from '../../../src/files/runs/read-report';
import { parsePrompts } from '../../../src/shared/template/parse-prompts';
import { until } from './until';

/** A line of real words, from its slot to the plain template in its place. */
export function words(): void {
  describe('real words', () => {
    const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
    const text = '@images ./images/groups\n@model ./icon-clip\na photo of a {}.\n[words:3] {}.\n';
    let api: Api;
    let document: vscode.TextDocument;

    before(async () => {
      api = await vscode.extensions.getExtension<Api>('coop-vscode.coop-vscode')!.activate();
      const file = path.join(folder, 'words.prompts');
      writeFileSync(file, text);
      document = await vscode.workspace.openTextDocument(file);
      await vscode.window.showTextDocument(document);
    });

    it('the slot says what it is', async () => {
      const position = new vscode.Position(3, 2);
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        position,
      );
      const shown = hovers.flatMap(({ contents }) =>
        contents.map(each => (each as vscode.MarkdownString).value),
      );
      assert.ok(
        shown.some(each => each.includes('Up to 3 real words to learn')),
        shown.join('\n'),
      );
    });

    it('are learned, and the line that says them takes the slot’s place', async () => {
      const directory = await vscode.commands.executeCommand<string>('coop.learn', {
        line: '[words:3] {}.',
        list: 'phrases',
        shots: 4,
        comparisons: false,
        start: true,
      });
      const run = await until('the end of the run', () =>
        api.watcher.runs.find(each => each.directory === directory && each.status === 'done'),
      );
      assert.ok(run.inputs.recipe.method === 'words' && run.inputs.recipe.list === 'phrases');
      const { lines } = (await readReport(directory)).seeds[0]!;
      const going = vscode.commands.executeCommand('coop.apply', directory);
      let ended = false;
      void going.then(() => (ended = true));
      await until('the line in its place', async () => {
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        return ended;
      });
      const { templates, problems } = parsePrompts(document.getText());
      assert.deepEqual(
        templates.map(({ line }) => line),
        ['a photo of a {}.', lines![0]],
      );
      assert.deepEqual(problems, []);
      await vscode.commands.executeCommand('undo');
      assert.equal(document.getText(), text);
      assert.equal(await vscode.commands.executeCommand('coop.exportContext', directory), undefined);
    });
  });
}
