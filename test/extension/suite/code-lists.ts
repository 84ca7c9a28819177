import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../src/extension/extension';
import { labels } from './hints';
import { until } from './until';

/** Template lists in source code, beside the sample's `demo.prompts`. */
export function codeLists(): void {
  describe('template lists in source code', () => {
    const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
    const open = async (name: string, text: string) => {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      return vscode.workspace.openTextDocument(file);
    };
    const scored = (document: vscode.TextDocument, line: string, pattern = /^\d+\.\d%/) =>
      until(`a hint on ${line}`, async () => {
        const label = (await labels(document)).get(line);
        return label !== undefined && pattern.test(label) ? label : null;
      });

    it('shows accuracies in Python, of the list too, and follows an edit', async () => {
      const source = "templates = [\n    'a photo of a {}.',\n    'an icon of a {}.',\n]\nnames = ['x {}']\n";
      const document = await open('zero_shot.py', source);
      assert.equal(await scored(document, "'a photo of a {}.',"), '24.6%');
      assert.match(await scored(document, "'an icon of a {}.',"), /^25\.1% \+0\.6 n\.s\.$/);
      await scored(document, 'templates = [');
      assert.equal((await labels(document)).size, 3);
      const edit = new vscode.WorkspaceEdit();
      edit.replace(document.uri, document.lineAt(2).range, "    'a {} emoji.',");
      const before = (await labels(document)).get('templates = [');
      await vscode.workspace.applyEdit(edit);
      assert.equal((await labels(document)).get("'a {} emoji.',"), '…');
      await scored(document, "'a {} emoji.',");
      await until('the list as it is now', async () => {
        const label = (await labels(document)).get('templates = [');
        return label !== undefined && /^\d/.test(label) && label !== before;
      });
    });

    it('shows them in TypeScript, JSON and YAML', async () => {
      const typescript = await open(
        'make.ts',
        `const prompts = [\n  (c: string) => \`a photo of a \${c}.\`,\n];\n`,
      );
      assert.equal(await scored(typescript, `(c: string) => \`a photo of a \${c}.\`,`), '24.6%');
      const json = await open('make.json', '{"templates": [\n"a photo of a {}."\n]}');
      assert.equal(await scored(json, '"a photo of a {}."'), '24.6%');
      const yaml = await open('make.yaml', 'templates:\n  - a photo of a {}.\n');
      assert.equal(await scored(yaml, '- a photo of a {}.'), '24.6%');
    });

    it('shows them in the cells of a notebook', async () => {
      const data = new vscode.NotebookData([
        new vscode.NotebookCellData(
          vscode.NotebookCellKind.Code,
          "prompt_templates = ['a photo of a {}.']",
          'python',
        ),
      ]);
      const file = path.join(folder, 'clip.ipynb');
      const cells = data.cells.map(({ value }) => ({
        cell_type: 'code',
        execution_count: null,
        metadata: {},
        outputs: [],
        source: [value],
      }));
      const metadata = { language_info: { name: 'python' } };
      writeFileSync(file, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }));
      const notebook = await vscode.workspace.openNotebookDocument(vscode.Uri.file(file));
      const cell = notebook.cellAt(0).document;
      assert.equal(cell.languageId, 'python');
      assert.equal(await scored(cell, "prompt_templates = ['a photo of a {}.']"), '24.6%');
    });

    it('learns from a template of the list, and puts the result back into it', async () => {
      const document = await open(
        'learn.py',
        "templates = [\n    'a photo of a {}.',\n    f'an icon of a {c}.',\n]\n",
      );
      const editor = await vscode.window.showTextDocument(document);
      const offered = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        document.lineAt(1).range,
      );
      const action = offered.find(({ command }) => command?.command === 'coop.learn');
      assert.deepEqual(action?.command?.arguments, ['a photo of a {}.']);
      editor.selection = new vscode.Selection(1, 8, 1, 8);
      const directory = await vscode.commands.executeCommand<string>('coop.learn', {
        layout: '[V:2] {}.',
        shots: 1,
        epochs: 2,
        device: 'cpu',
        start: true,
      });
      const api = await vscode.extensions.getExtension<Api>('coop-vscode.coop-vscode')!.activate();
      const run = await until('the end of the run', () =>
        api.watcher.runs.find(each => each.directory === directory && each.status === 'done'),
      );
      await vscode.commands.executeCommand('coop.apply', directory);
      const line = `'<${run.inputs.name}> {}.',`;
      assert.equal(document.lineAt(1).text.trim(), line);
      await scored(document, line);
      assert.match(document.lineAt(2).text, /an icon of a \{c\}/);
    });

    it('takes images from the setting, and says in the hint what is wrong with them', async () => {
      const settings = vscode.workspace.getConfiguration('coop');
      const document = await open('other.py', "templates = ['the {}.']\n");
      await scored(document, "templates = ['the {}.']");
      await settings.update('images', './no-such-folder', vscode.ConfigurationTarget.Workspace);
      try {
        await scored(document, "templates = ['the {}.']", /^! not scored$/);
        assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
      } finally {
        await settings.update('images', undefined, vscode.ConfigurationTarget.Workspace);
      }
      await scored(document, "templates = ['the {}.']");
    });
  });
}
