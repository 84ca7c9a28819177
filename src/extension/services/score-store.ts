import * as vscode from 'vscode';
import type { DocumentParams, LineScore } from '../../shared/contracts/protocol';
import { type ErrorData, errorData } from '../../shared/errors';
import { ScoringProgress } from '../../shared/format/scoring-progress';
import { parsePrompts } from '../../shared/template/parse-prompts';
import type { EngineClient } from './engine-client';
import { type ScoredLine, scoredLines, scoringRequest } from './scored-lines';

export type LineState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'scored'; readonly score: LineScore; readonly stale: boolean };

/** What the engine answered for. */
export interface Scoring {
  readonly document: vscode.TextDocument;
  readonly request: DocumentParams;
  /** When it was asked, in ms since 1970. */
  readonly since: number;
}

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
  /** Images, classes and model of the last answer; null where there was none. */
  fingerprint: string | null;
  /** What the engine said that makes the scores mean less than they seem to. */
  warnings: readonly string[];
  timer?: NodeJS.Timeout;
  cancel?: vscode.CancellationTokenSource;
  /** Counts the requests, so that an older one never follows a newer. */
  turn: number;
  /** What is being scored now; null when nothing is. */
  running: { readonly of: string; readonly progress: ScoringProgress } | null;
}

/** Scores of the lines of open documents, by the line's text, so that they survive editing around them. */
export class ScoreStore implements vscode.Disposable {
  private readonly documents = new Map<string, Document>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onChange = this.changed.event;
  private readonly progressed = new vscode.EventEmitter<vscode.Uri>();
  readonly onProgress = this.progressed.event;
  private readonly asked = new vscode.EventEmitter<Scoring>();
  /** After each answer of the engine, good or bad. */
  readonly onAnswer = this.asked.event;
  private readonly partials: vscode.Disposable;
  private jobs = 0;

  constructor(
    private readonly engine: EngineClient,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.partials = engine.onNotification(({ name, params }) => {
      if (name !== 'engine/progress' && name !== 'score/partial') return;
      const key = params.job.slice(params.job.indexOf(' ') + 1);
      const entry = this.documents.get(key);
      // Of a request that was given up: the document says something else by now.
      if (entry?.job !== params.job) return;
      const uri = vscode.Uri.parse(key);
      if (name === 'engine/progress') {
        entry.running?.progress.add(params, Date.now());
        this.progressed.fire(uri);
      } else {
        store(entry, params.score);
        this.changed.fire(uri);
      }
    });
  }

  stateOf(uri: vscode.Uri, line: string): LineState | undefined {
    return this.documents.get(uri.toString())?.states.get(line);
  }

  /** How far the scoring of a document is; undefined where nothing is being scored, null before anything is known. */
  progressOf(uri: vscode.Uri): string | null | undefined {
    const running = this.documents.get(uri.toString())?.running;
    return running == null ? undefined : running.progress.text(Date.now());
  }

  /** The documents that are being scored. */
  get going(): readonly vscode.Uri[] {
    return [...this.documents].flatMap(([key, { running }]) =>
      running === null ? [] : [vscode.Uri.parse(key)],
    );
  }

  /** Gives up what is being scored; the next edit or save asks again. */
  cancel(): void {
    for (const [key, entry] of this.documents) {
      if (entry.running === null) continue;
      entry.cancel?.cancel();
      entry.running = null;
      for (const [line, { kind }] of entry.states) if (kind === 'pending') entry.states.delete(line);
      this.progressed.fire(vscode.Uri.parse(key));
      this.changed.fire(vscode.Uri.parse(key));
    }
  }

  /** What the scores stand on; null where nothing could be scored. */
  fingerprintOf(uri: vscode.Uri): string | null {
    return this.documents.get(uri.toString())?.fingerprint ?? null;
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
      fingerprint: null,
      warnings: [],
      running: null,
      turn: 0,
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
    this.progressed.dispose();
    this.asked.dispose();
  }

  private async score(document: vscode.TextDocument, entry: Document): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    entry.turn += 1;
    const { turn } = entry;
    const wanted = scoredLines(document);
    const request = wanted.length === 0 ? null : await scoringRequest(document, wanted);
    if (turn !== entry.turn) return;
    const of = JSON.stringify([request, wanted.map(({ line, content }) => [line, content])]);
    // Saved while it is being scored: the answer that is on its way is the one that is wanted.
    if (entry.running?.of === of && entry.head !== '') return;
    entry.cancel?.cancel();
    entry.running = null;
    const cancel = new vscode.CancellationTokenSource();
    entry.cancel = cancel;
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
    const since = Date.now();
    const running = { of, progress: new ScoringProgress() };
    entry.running = running;
    this.changed.fire(document.uri);
    this.progressed.fire(document.uri);
    this.jobs += 1;
    entry.job = `${this.jobs} ${document.uri}`;
    try {
      const { scores, warnings, fingerprint } = await this.engine.request(
        'project/score',
        { ...request, lines, job: entry.job },
        cancel.token,
      );
      if (cancel.token.isCancellationRequested) return;
      for (const score of scores) store(entry, score);
      entry.problem = null;
      entry.fingerprint = fingerprint;
      entry.warnings = warnings;
      // Images, classes or the model changed since the other lines were scored: those are of something else.
      if ([...entry.states.values()].some(state => isOfOther(state, fingerprint)))
        this.schedule(document, { delay: 0 });
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
      entry.fingerprint = null;
      // Stale: the next edit or save tries again, for the cause may lie outside the document.
      const failed = { ok: false, error } as const;
      for (const line of lines)
        entry.states.set(line, {
          kind: 'scored',
          score: { line, fingerprint: null, result: failed },
          stale: true,
        });
    } finally {
      if (entry.running === running) entry.running = null;
      this.progressed.fire(document.uri);
    }
    this.changed.fire(document.uri);
    this.asked.fire({ document, request, since });
  }
}

/** Scores of different images, classes or models stand beside each other as such: the older ones are marked. */
function store({ states }: Document, score: LineScore): void {
  for (const [line, state] of states)
    if (state.kind === 'scored' && isOfOther(state, score.fingerprint))
      states.set(line, { ...state, stale: true });
  states.set(score.line, { kind: 'scored', score, stale: false });
}

function isOfOther(state: LineState, fingerprint: string | null): boolean {
  return (
    state.kind === 'scored' && state.score.fingerprint !== null && state.score.fingerprint !== fingerprint
  );
}

/** Scored on all images, as the line and the settings are now. A partial score may be of a request that was given up. */
function isFinal(state: LineState | undefined): boolean {
  if (state === undefined || state.kind === 'pending' || state.stale) return false;
  return !state.score.result.ok || state.score.result.complete;
}

function markPending({ states }: Document, wanted: readonly ScoredLine[]): void {
  for (const { line } of wanted) if (!states.has(line)) states.set(line, { kind: 'pending' });
}
