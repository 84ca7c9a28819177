import * as vscode from 'vscode';
import { type ErrorData, errorData } from '../../shared/errors';
import type { LineScore } from '../../shared/protocol';
import { parsePrompts } from '../../shared/template/parse-prompts';
import { isPlain, type PromptsDocument, type Span } from '../../shared/template/syntax';
import type { EngineClient } from './engine-client';

export type LineState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'scored'; readonly score: LineScore; readonly stale: boolean };

/** While a person types, a line is scored once it has rested this long. */
const DEBOUNCE_MS = 400;

interface Document {
  readonly states: Map<string, LineState>;
  head: string;
  job: string;
  /** Why nothing could be scored at all: images, model, classes or the engine itself. */
  problem: ErrorData | null;
  timer?: NodeJS.Timeout;
  cancel?: vscode.CancellationTokenSource;
}

/** What can be scored as it stands, as the engine is asked for it: plain templates, ensembles, published sets. */
export function scorable({ templates, ensembles, directives }: PromptsDocument): {
  readonly line: string;
  /** Where its score is shown: the template, or the head of an ensemble. */
  readonly span: Span;
}[] {
  return [
    ...templates.filter(isPlain),
    ...ensembles
      .filter(({ templates: members }) => members.length > 0)
      .map(({ name, span }) => ({ line: `@ensemble ${name}`, span })),
    ...directives.uses.map(({ set, span }) => ({ line: `@use ${set}`, span })),
  ];
}

/** Scores of the lines of open documents, by the line's text, so that they survive editing around them. */
export class ScoreStore implements vscode.Disposable {
  private readonly documents = new Map<string, Document>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onChange = this.changed.event;
  private readonly partials: vscode.Disposable;
  private jobs = 0;

  constructor(
    private readonly engine: EngineClient,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.partials = engine.onNotification(({ name, params }) => {
      if (name !== 'score/partial') return;
      const uri = params.job.slice(params.job.indexOf(' ') + 1);
      const entry = this.documents.get(uri);
      // Of a request that was given up: the document says something else by now.
      if (entry?.job !== params.job) return;
      entry.states.set(params.score.line, { kind: 'scored', score: params.score, stale: false });
      this.changed.fire(vscode.Uri.parse(uri));
    });
  }

  stateOf(uri: vscode.Uri, line: string): LineState | undefined {
    return this.documents.get(uri.toString())?.states.get(line);
  }

  problemOf(uri: vscode.Uri): ErrorData | null {
    return this.documents.get(uri.toString())?.problem ?? null;
  }

  /** Scores, after a rest, the lines whose text is new; everything when a directive, the baseline or `all` asks. */
  schedule(
    document: vscode.TextDocument,
    options: { readonly all?: boolean; readonly delay?: number } = {},
  ): void {
    const key = document.uri.toString();
    const entry: Document = this.documents.get(key) ?? {
      states: new Map(),
      head: '',
      job: '',
      problem: null,
    };
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
    const { spans: _, ...settings } = directives;
    const head = JSON.stringify([settings, baseline?.line]);
    if (head !== entry.head) {
      for (const [line, state] of entry.states)
        if (state.kind === 'scored') entry.states.set(line, { ...state, stale: true });
    }
    entry.head = head;
    const lines = [...new Set(scorable(parsed).map(({ line }) => line))].filter(line => {
      const state = entry.states.get(line);
      return state === undefined || state.kind === 'pending' || state.stale;
    });
    entry.cancel?.cancel();
    if (lines.length === 0) return;
    for (const line of lines) if (!entry.states.has(line)) entry.states.set(line, { kind: 'pending' });
    this.changed.fire(document.uri);
    const cancel = new vscode.CancellationTokenSource();
    entry.cancel = cancel;
    this.jobs += 1;
    entry.job = `${this.jobs} ${document.uri}`;
    try {
      const { scores } = await this.engine.request(
        'project/score',
        { path: document.uri.fsPath, text, lines, job: entry.job },
        cancel.token,
      );
      for (const score of scores) entry.states.set(score.line, { kind: 'scored', score, stale: false });
      entry.problem = null;
    } catch (thrown) {
      const error = errorData(thrown);
      if (cancel.token.isCancellationRequested) return;
      this.log.warn(`Scoring ${document.uri.fsPath}: ${error.message}`);
      // A crash is nobody's fault here: once more, and only then is it shown.
      if (error.code === 'engine.crashed' && entry.problem?.code !== 'engine.crashed') {
        entry.problem = error;
        this.schedule(document, { delay: 0 });
        return;
      }
      entry.problem = error;
      // Stale: the next edit or save tries again, for the cause may lie outside the document.
      const failed = { ok: false, error } as const;
      for (const line of lines)
        entry.states.set(line, { kind: 'scored', score: { line, result: failed }, stale: true });
    }
    this.changed.fire(document.uri);
  }
}
