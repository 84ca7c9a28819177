import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import { errorData } from '../../../shared/errors';
import { visibleText } from '../../../shared/format/visible-text';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import type { Expectation } from '../../../shared/template/syntax';
import { expectationText, judgeExpectation } from '../../../shared/verdicts/judge-expectation';
import type { EngineClient } from '../../services/engine-client';
import { LANGUAGE } from '../../services/languages';

/** `# expect: acc >= 0.60` comments as tests of VS Code's Testing view, while the setting `coop.testing` is on. */
export function registerPromptTests(engine: EngineClient): vscode.Disposable {
  let shown: PromptTests | undefined;
  const follow = () => {
    const wanted =
      vscode.workspace.getConfiguration('coop').get('testing', false) && vscode.workspace.isTrusted;
    if (wanted === (shown !== undefined)) return;
    shown?.dispose();
    shown = wanted ? new PromptTests(engine) : undefined;
  };
  follow();
  return vscode.Disposable.from(
    { dispose: () => shown?.dispose() },
    vscode.workspace.onDidGrantWorkspaceTrust(follow),
    vscode.workspace.onDidChangeConfiguration(change => {
      if (change.affectsConfiguration('coop.testing')) follow();
    }),
  );
}

class PromptTests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController('coop', 'CoOp prompts');
  private readonly expectations = new WeakMap<vscode.TestItem, Expectation>();
  private readonly listeners: vscode.Disposable;

  constructor(private readonly engine: EngineClient) {
    const { controller } = this;
    controller.resolveHandler = item => (item === undefined ? this.discover() : undefined);
    controller.refreshHandler = () => this.discover();
    controller.createRunProfile(
      'Score',
      vscode.TestRunProfileKind.Run,
      (request, token) => this.run(request, token),
      true,
    );
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.prompts');
    this.listeners = vscode.Disposable.from(
      watcher,
      watcher.onDidChange(uri => this.read(uri)),
      watcher.onDidCreate(uri => this.read(uri)),
      watcher.onDidDelete(uri => controller.items.delete(uri.toString())),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.languageId === LANGUAGE) this.show(document);
      }),
    );
    void this.discover();
  }

  dispose(): void {
    this.listeners.dispose();
    this.controller.dispose();
  }

  private async discover(): Promise<void> {
    const files = await vscode.workspace.findFiles('**/*.prompts', '**/node_modules/**');
    await Promise.all(files.map(uri => this.read(uri)));
  }

  private async read(uri: vscode.Uri): Promise<void> {
    this.show(await vscode.workspace.openTextDocument(uri));
  }

  /** One item for a document, and one below it for each expectation. */
  private show(document: vscode.TextDocument): void {
    const { uri } = document;
    const { items } = this.controller;
    const { expectations } = parsePrompts(document.getText());
    if (expectations.length === 0 || uri.scheme !== 'file') {
      items.delete(uri.toString());
      return;
    }
    const root =
      items.get(uri.toString()) ??
      this.controller.createTestItem(uri.toString(), path.basename(uri.fsPath), uri);
    root.children.replace(
      expectations.map((expectation, at) => {
        const { line, span } = expectation;
        const item = this.controller.createTestItem(`${at} ${line}`, line, uri);
        item.description = `accuracy ${expectationText(expectation)}`;
        item.range = new vscode.Range(document.positionAt(span.start), document.positionAt(span.end));
        this.expectations.set(item, expectation);
        return item;
      }),
    );
    items.add(root);
  }

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request);
    const excluded = new Set(request.exclude);
    const chosen = [...(request.include ?? [...this.controller.items].map(([, item]) => item))];
    const leaves = chosen
      .flatMap(item => (item.children.size === 0 ? [item] : [...item.children].map(([, child]) => child)))
      .filter(item => !excluded.has(item));
    for (const uri of new Set(leaves.map(item => item.uri!))) {
      const items = leaves.filter(item => item.uri!.toString() === uri.toString());
      await this.score(run, uri, items, token);
    }
    run.end();
  }

  private async score(
    run: vscode.TestRun,
    uri: vscode.Uri,
    items: readonly vscode.TestItem[],
    token: vscode.CancellationToken,
  ): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uri);
    const lines = [...new Set(items.map(item => this.expectations.get(item)!.line))];
    for (const item of items) run.started(item);
    const started = performance.now();
    try {
      const params = { path: uri.fsPath, text: document.getText(), lines, job: randomUUID() };
      const { scores } = await this.engine.request('project/score', params, token);
      const each = (performance.now() - started) / items.length;
      for (const item of items) {
        const expectation = this.expectations.get(item)!;
        const { outcome, message } = judgeExpectation(
          expectation,
          scores.find(({ line }) => line === expectation.line)!,
        );
        const told = new vscode.TestMessage(message);
        if (item.range !== undefined) told.location = new vscode.Location(uri, item.range);
        if (outcome === 'met') run.passed(item, each);
        else if (outcome === 'short') run.failed(item, told, each);
        else run.errored(item, told, each);
        run.appendOutput(`“${visibleText(expectation.line)}”: ${message}\r\n`);
      }
    } catch (thrown) {
      const { code, message, next = '' } = errorData(thrown);
      for (const item of items) {
        if (code === 'cancelled') run.skipped(item);
        else run.errored(item, new vscode.TestMessage(`${message} ${next}`.trim()));
      }
    }
  }
}
