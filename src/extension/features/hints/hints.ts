import * as vscode from 'vscode';
import { compactDelta } from '../../../shared/format/delta';
import { compactPercent } from '../../../shared/format/percent';
import { parseTemplate } from '../../../shared/template/parse-template';
import { registerCommand } from '../../services/commands';
import { LANGUAGE, SCORED } from '../../services/languages';
import type { LineState, ScoreStore } from '../../services/score-store';
import { isScored, scoredLines } from '../../services/scored-lines';
import { scoreMarkdown } from './score-markdown';
import { showImages } from './show-images';

/** Accuracy beside each template; nothing is computed here, the store says when there is something new. */
export function registerHints(scores: ScoreStore, log: vscode.LogOutputChannel): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const places = new WeakMap<vscode.InlayHint, Place>();
  const schedule = (document: vscode.TextDocument, delay?: number) => {
    if (!isScored(document)) return;
    scores.schedule(document, delay === undefined ? {} : { delay });
  };
  const scheduleAll = (wanted: (document: vscode.TextDocument) => boolean = () => true) => {
    for (const document of vscode.workspace.textDocuments) if (wanted(document)) schedule(document, 0);
  };
  scheduleAll();
  return vscode.Disposable.from(
    changed,
    registerCommand(log, 'coop.showImages', showImages),
    scores.onChange(() => changed.fire()),
    vscode.workspace.onDidOpenTextDocument(document => schedule(document, 0)),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (vscode.workspace.getConfiguration('coop').get('scoreWhileTyping', true)) schedule(document);
    }),
    vscode.workspace.onDidSaveTextDocument(document => {
      schedule(document, 0);
      // Template lists take their images from it.
      if (document.languageId === LANGUAGE) scheduleAll(({ languageId }) => languageId !== LANGUAGE);
    }),
    vscode.workspace.onDidChangeConfiguration(change => {
      if (change.affectsConfiguration('coop.modelFolder')) scheduleAll();
      else if (change.affectsConfiguration('coop.images') || change.affectsConfiguration('coop.model'))
        scheduleAll(({ languageId }) => languageId !== LANGUAGE);
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => scores.forget(uri)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => scheduleAll()),
    vscode.languages.registerInlayHintsProvider(SCORED, {
      onDidChangeInlayHints: changed.event,
      provideInlayHints: (document, range) => hintsOf(document, range, scores, places),
      // When it is pointed at: how far scoring is has changed since it was drawn.
      resolveInlayHint: hint => {
        const place = places.get(hint);
        if (place !== undefined) describe(hint, place, scores);
        return hint;
      },
    }),
  );
}

/** What a hint stands for. */
interface Place {
  readonly uri: vscode.Uri;
  readonly line: string;
}

function hintsOf(
  document: vscode.TextDocument,
  range: vscode.Range,
  scores: ScoreStore,
  places: WeakMap<vscode.InlayHint, Place>,
): vscode.InlayHint[] {
  return scoredLines(document).flatMap(({ line, at }) => {
    const state = scores.stateOf(document.uri, line);
    const position = document.positionAt(at);
    if (state === undefined || !range.contains(position)) return [];
    const hint = new vscode.InlayHint(position, label(state) + (isLearned(line) ? ' dev' : ''));
    hint.paddingLeft = true;
    const place = { uri: document.uri, line };
    places.set(hint, place);
    describe(hint, place, scores);
    return [hint];
  });
}

function describe(hint: vscode.InlayHint, { uri, line }: Place, scores: ScoreStore): void {
  const state = scores.stateOf(uri, line);
  if (state !== undefined) hint.tooltip = scoreMarkdown(state, scores.progressOf(uri) ?? null);
}

/** Such a line has a report, and with it a gain on test images: these are others. */
function isLearned(line: string): boolean {
  return parseTemplate(line).template?.segments.some(({ kind }) => kind === 'learned') === true;
}

function label(state: LineState): string {
  if (state.kind === 'pending') return '…';
  const { result } = state.score;
  if (!result.ok) return '! not scored';
  const partial = result.complete ? '' : '~';
  const change = result.delta === null ? '' : ` ${compactDelta(result.delta)}`;
  return `${state.stale ? '~' : partial}${compactPercent(result.accuracy.value)}${change}`;
}
