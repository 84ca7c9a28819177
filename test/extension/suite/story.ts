import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../src/extension/extension';
import type { Report } from '../../../src/shared/contracts/report';
import { isGoing } from '../../../src/shared/contracts/run-status';
import type { ScanResult } from '../../../src/shared/contracts/scan';
import { labels as hints } from './hints';
import { until } from './until';

const extensionId = 'coop-vscode.coop-vscode';

const scored = (label: string | undefined) => label !== undefined && /^\d/.test(label);

/** The main job in a real VS Code, on the sample. */
export function story(): void {
  describe('the story on the sample', () => {
    let document: vscode.TextDocument;
    let api: Api;
    let report: Report;

    before(async () => {
      const extension = vscode.extensions.getExtension<Api>(extensionId)!;
      if (process.env['COOP_TEST_PACKAGED'] === '1')
        assert.match(extension.extensionPath, /extensions[\\/]coop-vscode\.coop-vscode-/);
      api = await extension.activate();
      const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
      document = await vscode.workspace.openTextDocument(path.join(folder, 'demo.prompts'));
      await vscode.window.showTextDocument(document);
    });

    it('opens .prompts as a language of its own, without problems', () => {
      assert.equal(document.languageId, 'clip-prompts');
      assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
    });

    it('shows an accuracy beside every template', async () => {
      const shown = await until('hints', async () => {
        const found = await hints(document);
        return [...found.values()].filter(scored).length === 5 ? found : null;
      });
      assert.match(shown.get('a photo of a {}.')!, /^24\.6%$/);
      assert.match(shown.get('an icon of a {}.')!, /^25\.1% \+0\.6 n\.s\.$/);
      assert.ok(!shown.has('[V:16] {}.'));
    });

    it('scores an edited template again', async () => {
      const line = document.getText().split('\n').indexOf('a drawing of a {}.');
      const edit = new vscode.WorkspaceEdit();
      edit.replace(document.uri, document.lineAt(line).range, 'a {} emoji.');
      await vscode.workspace.applyEdit(edit);
      const label = await until('the new hint', async () => {
        const found = (await hints(document)).get('a {} emoji.');
        return scored(found) ? found : null;
      });
      assert.match(label, /^\d+\.\d% (▲\+|▼−|[+−±])\d/);
    });

    it('marks errors, and mends one with its quick fix', async () => {
      const end = document.lineAt(document.lineCount - 1).range.end;
      const add = new vscode.WorkspaceEdit();
      add.insert(document.uri, end, '\na photo of a %s.');
      await vscode.workspace.applyEdit(add);
      const [problem] = await until('the problem', () => {
        const found = vscode.languages.getDiagnostics(document.uri);
        return found.length > 0 ? found : null;
      });
      assert.match(problem!.message, /no place for the class name/);
      const [fix] = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        problem!.range,
      );
      await vscode.workspace.applyEdit(fix!.edit!);
      assert.match(document.getText(), /a photo of a \{\}\.$/);
      await until('no problem but the repetition', () =>
        vscode.languages
          .getDiagnostics(document.uri)
          .every(({ severity }) => severity !== vscode.DiagnosticSeverity.Error),
      );
      const last = document.lineAt(document.lineCount - 1);
      const remove = new vscode.WorkspaceEdit();
      remove.delete(
        document.uri,
        last.rangeIncludingLineBreak.union(document.lineAt(last.lineNumber - 1).range),
      );
      remove.insert(
        document.uri,
        document.lineAt(last.lineNumber - 1).range.start,
        document.lineAt(last.lineNumber - 1).text,
      );
      await vscode.workspace.applyEdit(remove);
    });

    it('scans the image folder', async () => {
      const scan = await vscode.commands.executeCommand<ScanResult>('coop.scan');
      assert.equal(scan.imageCount, 855);
      assert.equal(scan.classes.length, 8);
      await vscode.window.showTextDocument(document);
    });

    it('answers again after its engine was killed', async () => {
      const pid = await api.engine.pid();
      process.kill(pid!, 'SIGKILL');
      const { version } = await until('a new engine', () =>
        api.engine.request('engine/hello', {}).catch(() => null),
      );
      assert.match(version, /^\d/);
      assert.notEqual(await api.engine.pid(), pid);
    });

    it('learns in a process of its own, seen by the window', async () => {
      const directory = await vscode.commands.executeCommand<string>('coop.learn', {
        line: '[V:16] {}.',
        start: true,
      });
      assert.ok(directory.includes(path.join('.coop', 'runs')));
      const own = () => api.watcher.runs.find(run => run.directory === directory);
      // Its epochs may all pass between two looks; its whole way, the encoding before them included, cannot.
      await until('the run to be seen on its way', () => isGoing(own()?.status ?? 'done'));
      await until('the end of the run', () => own()?.status === 'done');
      assert.ok(own()!.state.epoch > 0);
      report = await vscode.commands.executeCommand<Report>('coop.openReport');
      assert.equal(report.headline.n, 342);
      assert.ok(report.headline.low > 0, 'learning gains on the sample');
    });

    it('applies the learned prompt; its hint is the report’s dev figure, and Undo takes it back', async () => {
      await vscode.commands.executeCommand('coop.apply');
      const line = `<${report.name}> {}.`;
      assert.ok(document.getText().includes(line));
      const label = await until('the learned hint', async () => {
        const found = (await hints(document)).get(line);
        return scored(found) ? found : null;
      });
      assert.ok(label.startsWith(`${(report.seeds[0]!.dev.value * 100).toFixed(1)}%`), label);
      await vscode.commands.executeCommand('undo');
      assert.ok(document.getText().includes('[V:16] {}.'));
    });
  });
}
