import * as vscode from 'vscode';
import type { LineScore } from '../../shared/contracts/protocol';
import { type ErrorData, errorData } from '../../shared/errors';
import { parsePrompts } from '../../shared/template/parse-prompts';
import type { EngineClient } from './engine-client';
import { type ScoredLine, scoredLines, scoringRequest } from './scored-lines';

export type LineState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'scored'; readonly score: LineScore; readonly stale: boolean };

/** While a person types, a line is scored once it has rested this long. */
const DEBOUNCE_MS = 400;

interface Document {
  readonly states: Map<string, LineState>;
  /** What each line was scored as; an ensemble keeps its name when its members change. */
  readonly contents: Map<string, string>;
  /** Settings and baseline of the last request. */
  head: string;
  /** Whether the engine was asked at all: it is not where nothing names images. */
  asked: boolean;
  job: string;
  /** Why nothing could be scored at all: images, model, classes or the engine itself. */
  problem: ErrorData | null;
  /** What the engine said that makes the scores mean less than they seem to. */
  warnings: readonly string[];
  timer?: NodeJS.Timeout;
  cancel?: vscode.CancellationTokenSource;
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

  warningsOf(uri: vscode.Uri): readonly string[] {
    return this.documents.get(uri.toString())?.warnings ?? [];
  }

  /** Scores, after a rest, the lines whose text is new; everything when a directive, the baseline or `all` asks. */
  schedule(
    document: vscode.TextDocument,
    options: { readonly all?: boolean; readonly delay?: number } = {},
  ): void {
    const key = document.uri.toString();
    const entry: Document = this.documents.get(key) ?? {
      states: new Map(),
      contents: new Map(),
      head: '',
      asked: false,
      job: '',
      problem: null,
      warnings: [],
    };
    this.documents.set(key, entry);
    if (options.all === true) entry.head = '';
    clearTimeout(entry.timer);
    // Scored before, so it will be again: an edited line shows at once that its number is coming.
    if (entry.asked) markPending(entry, scoredLines(document));
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
    entry.cancel?.cancel();
    const cancel = new vscode.CancellationTokenSource();
    entry.cancel = cancel;
    const wanted = scoredLines(document);
    const request = wanted.length === 0 ? null : await scoringRequest(document, wanted);
    if (cancel.token.isCancellationRequested) return;
    if (request === null) {
      entry.states.clear();
      entry.asked = false;
      entry.problem = null;
      this.changed.fire(document.uri);
      return;
    }
    const { directives, baseline } = parsePrompts(request.text);
    const { spans: _, uses: __, targets: ___, ...settings } = directives;
    const head = JSON.stringify([request.path, settings, baseline?.line]);
    const renewed = head !== entry.head;
    for (const [line, state] of entry.states) {
      const current = wanted.find(candidate => candidate.line === line);
      if (current === undefined && state.kind === 'pending') entry.states.delete(line);
      const changed = current !== undefined && entry.contents.get(line) !== current.content;
      if (state.kind === 'scored' && (renewed || changed)) entry.states.set(line, { ...state, stale: true });
    }
    entry.head = head;
    for (const { line, content } of wanted) entry.contents.set(line, content);
    const lines = [...new Set(wanted.map(({ line }) => line))].filter(
      line => !isFinal(entry.states.get(line)),
    );
    if (lines.length === 0) return;
    entry.asked = true;
    markPending(entry, wanted);
    this.changed.fire(document.uri);
    this.jobs += 1;
    entry.job = `${this.jobs} ${document.uri}`;
    try {
      const { scores, warnings } = await this.engine.request(
        'project/score',
        { ...request, lines, job: entry.job },
        cancel.token,
      );
      for (const score of scores) entry.states.set(score.line, { kind: 'scored', score, stale: false });
      entry.problem = null;
      entry.warnings = warnings;
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
        entry.states.set(line, {
          kind: 'scored',
          score: { line, fingerprint: null, result: failed },
          stale: true,
        });
    }
    this.changed.fire(document.uri);
  }
}

/** Scored on all images, as the line and the settings are now. A partial score may be of a request that was given up. */
function isFinal(state: LineState | undefined): boolean {
  if (state === undefined || state.kind === 'pending' || state.stale) return false;
  return !state.score.result.ok || state.score.result.complete;
}

function markPending({ states }: Document, wanted: readonly ScoredLine[]): void {
  for (const { line } of wanted) if (!states.has(line)) states.set(line, { kind: 'pending' });
}
