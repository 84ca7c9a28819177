import * as vscode from 'vscode';
import { errorData } from '../../shared/errors';
import type { LineScore } from '../../shared/protocol';
import { parsePrompts } from '../../shared/template/parse-prompts';
import { isPlain } from '../../shared/template/syntax';
import type { EngineClient } from './engine-client';

export type LineState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'scored'; readonly score: LineScore; readonly stale: boolean };

/** While a person types, a line is scored once it has rested this long. */
const DEBOUNCE_MS = 400;

interface Document {
  readonly states: Map<string, LineState>;
  head: string;
  timer?: NodeJS.Timeout;
  cancel?: vscode.CancellationTokenSource;
}

/** Scores of the lines of open documents, by the line's text, so that they survive editing around them. */
export class ScoreStore implements vscode.Disposable {
  private readonly documents = new Map<string, Document>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onChange = this.changed.event;
  private readonly partials: vscode.Disposable;
  private job = 0;

  constructor(
    private readonly engine: EngineClient,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.partials = engine.onNotification(({ name, params }) => {
      if (name !== 'score/partial') return;
      const uri = params.job.slice(params.job.indexOf(' ') + 1);
      this.documents
        .get(uri)
        ?.states.set(params.score.line, { kind: 'scored', score: params.score, stale: false });
      this.changed.fire(vscode.Uri.parse(uri));
    });
  }

  stateOf(uri: vscode.Uri, line: string): LineState | undefined {
    return this.documents.get(uri.toString())?.states.get(line);
  }

  /** Scores, after a rest, the lines whose text is new; everything when a directive, the baseline or `all` asks. */
  schedule(
    document: vscode.TextDocument,
    options: { readonly all?: boolean; readonly delay?: number } = {},
  ): void {
    const key = document.uri.toString();
    const entry: Document = this.documents.get(key) ?? { states: new Map(), head: '' };
    this.documents.set(key, entry);
    if (options.all === true) entry.head = '';
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => void this.score(document, entry), options.delay ?? DEBOUNCE_MS);
  }

  forget(uri: vscode.Uri): void {
    const entry = this.documents.get(uri.toString());
    clearTimeout(entry?.timer);
    entry?.cancel?.cancel();
    this.documents.delete(uri.toString());
  }

  dispose(): void {
    for (const key of this.documents.keys()) this.forget(vscode.Uri.parse(key));
    this.partials.dispose();
    this.changed.dispose();
  }

  private async score(document: vscode.TextDocument, entry: Document): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    const text = document.getText();
    const parsed = parsePrompts(text);
    const { directives, baseline } = parsed;
    if (directives.images === null || directives.model === null) return;
    const { spans: _, uses: __, ...settings } = directives;
    const head = JSON.stringify([settings, baseline?.line]);
    if (head !== entry.head) {
      for (const [line, state] of entry.states)
        if (state.kind === 'scored') entry.states.set(line, { ...state, stale: true });
    }
    entry.head = head;
    const lines = [...new Set(parsed.templates.filter(isPlain).map(({ line }) => line))].filter(line => {
      const state = entry.states.get(line);
      return state === undefined || state.kind === 'pending' || state.stale;
    });
    entry.cancel?.cancel();
    if (lines.length === 0) return;
    for (const line of lines) if (!entry.states.has(line)) entry.states.set(line, { kind: 'pending' });
    this.changed.fire(document.uri);
    const cancel = new vscode.CancellationTokenSource();
    entry.cancel = cancel;
    this.job += 1;
    try {
      const { scores } = await this.engine.request(
        'project/score',
        { path: document.uri.fsPath, text, lines, job: `${this.job} ${document.uri}` },
        cancel.token,
      );
      for (const score of scores) entry.states.set(score.line, { kind: 'scored', score, stale: false });
    } catch (thrown) {
      const error = errorData(thrown);
      if (cancel.token.isCancellationRequested) return;
      this.log.warn(`Scoring ${document.uri.fsPath}: ${error.message}`);
      for (const line of lines)
        entry.states.set(line, {
          kind: 'scored',
          score: { line, result: { ok: false, error } },
          stale: false,
        });
    }
    this.changed.fire(document.uri);
  }
}
