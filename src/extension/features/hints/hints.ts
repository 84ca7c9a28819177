import * as vscode from 'vscode';
import { compactDelta, fullDelta } from '../../../shared/format/delta';
import { compactPercent, percent, percentRange } from '../../../shared/format/percent';
import type { LineScore } from '../../../shared/protocol';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import { type LineState, type ScoreStore, scorable } from '../../services/score-store';
import { LANGUAGE, rangeOf } from '../language/language';

/** Accuracy beside each template; nothing is computed here, the store says when there is something new. */
export function registerHints(scores: ScoreStore): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const schedule = (document: vscode.TextDocument, delay?: number) => {
    if (document.languageId !== LANGUAGE || document.uri.scheme !== 'file') return;
    scores.schedule(document, delay === undefined ? {} : { delay });
  };
  for (const document of vscode.workspace.textDocuments) schedule(document, 0);
  return vscode.Disposable.from(
    changed,
    scores.onChange(() => changed.fire()),
    vscode.workspace.onDidOpenTextDocument(document => schedule(document, 0)),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (vscode.workspace.getConfiguration('coop').get('scoreWhileTyping', true)) schedule(document);
    }),
    vscode.workspace.onDidSaveTextDocument(document => schedule(document, 0)),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => scores.forget(uri)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      for (const document of vscode.workspace.textDocuments) schedule(document, 0);
    }),
    vscode.languages.registerInlayHintsProvider(LANGUAGE, {
      onDidChangeInlayHints: changed.event,
      provideInlayHints: (document, range) => hintsOf(document, range, scores),
    }),
  );
}

function hintsOf(document: vscode.TextDocument, range: vscode.Range, scores: ScoreStore): vscode.InlayHint[] {
  return scorable(parsePrompts(document.getText())).flatMap(({ line, span }) => {
    const { start } = rangeOf(document, span);
    // An ensemble spans several lines; its score stands at its head.
    const { text } = document.lineAt(start.line);
    const end = start.with({ character: text.trimEnd().length });
    const state = scores.stateOf(document.uri, line);
    if (state === undefined || !range.contains(end)) return [];
    const hint = new vscode.InlayHint(end, label(state));
    hint.paddingLeft = true;
    hint.tooltip = tooltip(state);
    return [hint];
  });
}

function label(state: LineState): string {
  if (state.kind === 'pending') return '…';
  const { result } = state.score;
  if (!result.ok) return '! not scored';
  const partial = result.complete ? '' : '~';
  const change = result.delta === null ? '' : ` ${compactDelta(result.delta)}`;
  return `${state.stale ? '~' : partial}${compactPercent(result.accuracy.value)}${change}`;
}

function tooltip(state: LineState): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  if (state.kind === 'pending') return text.appendText('Being scored on the dev images …');
  const { result } = state.score;
  if (!result.ok) {
    text.appendText(result.error.message);
    if (result.error.next !== undefined) text.appendMarkdown('\n\n').appendText(result.error.next);
    return text;
  }
  if (state.stale) text.appendText('Settings changed since; being scored again.').appendMarkdown('\n\n');
  return appendResult(text, result);
}

function appendResult(
  text: vscode.MarkdownString,
  { accuracy, delta, worst, tokens, complete }: Extract<LineScore['result'], { ok: true }>,
): vscode.MarkdownString {
  const { value, low, high, n } = accuracy;
  text.appendText(`${percent(value)} of ${n} dev images (95 % interval ${percentRange(low, high)})`);
  if (!complete) text.appendText(' so far');
  text.appendMarkdown('\n\n');
  text.appendText(delta === null ? 'This is the baseline.' : `Against the baseline: ${fullDelta(delta)}`);
  text.appendMarkdown('\n\nHardest classes:\n');
  for (const { name, accuracy: share, n: images, confusedWith } of worst) {
    text
      .appendMarkdown('\n- ')
      .appendText(
        `${name}: ${percent(share)} of ${images}${confusedWith === null ? '' : `, taken for ${confusedWith}`}`,
      );
  }
  text.appendMarkdown('\n\n');
  text.appendText(`${tokens.longest} of ${tokens.limit} tokens (longest class: ${tokens.className})`);
  return text;
}
