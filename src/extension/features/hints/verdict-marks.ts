import * as vscode from 'vscode';
import { type Verdict, verdictOf } from '../../../shared/format/verdict';
import type { ScoreStore } from '../../services/score-store';
import { isScored, scoredLines } from '../../services/scored-lines';

/** Theme colours that package.json contributes; inlay hints themselves have those of `editorInlayHint`. */
const COLOURS = { gain: 'coop.gainForeground', loss: 'coop.lossForeground' } as const;

/** A dot before the hints of lines that are better or worse than the baseline, in colours of the theme, and in the ruler. */
export function registerVerdictMarks(scores: ScoreStore): vscode.Disposable {
  const types = { gain: dot(COLOURS.gain), loss: dot(COLOURS.loss) };
  const mark = (editor: vscode.TextEditor) => {
    if (!isScored(editor.document)) return;
    const ranges = linesByVerdict(editor.document, scores);
    editor.setDecorations(types.gain, ranges.gain);
    editor.setDecorations(types.loss, ranges.loss);
  };
  const markAll = (wanted: (editor: vscode.TextEditor) => boolean = () => true) => {
    for (const editor of vscode.window.visibleTextEditors) if (wanted(editor)) mark(editor);
  };
  markAll();
  return vscode.Disposable.from(
    types.gain,
    types.loss,
    scores.onChange(uri => markAll(({ document }) => document.uri.toString() === uri.toString())),
    vscode.window.onDidChangeVisibleTextEditors(() => markAll()),
  );
}

/** The lines whose score, as it stands, tells a gain or a loss. */
export function linesByVerdict(
  document: vscode.TextDocument,
  scores: Pick<ScoreStore, 'stateOf'>,
): Readonly<Record<Exclude<Verdict, 'none'>, vscode.Range[]>> {
  const ranges = { gain: [] as vscode.Range[], loss: [] as vscode.Range[] };
  for (const { line, at } of scoredLines(document)) {
    const state = scores.stateOf(document.uri, line);
    if (state?.kind !== 'scored' || state.stale || !state.score.result.ok) continue;
    const { delta } = state.score.result;
    const verdict = delta === null ? 'none' : verdictOf(delta);
    if (verdict !== 'none') ranges[verdict].push(document.lineAt(document.positionAt(at)).range);
  }
  return ranges;
}

function dot(id: string): vscode.TextEditorDecorationType {
  const color = new vscode.ThemeColor(id);
  return vscode.window.createTextEditorDecorationType({
    after: { contentText: '●', color, margin: '0 0 0 0.4em' },
    overviewRulerColor: color,
    overviewRulerLane: vscode.OverviewRulerLane.Left,
  });
}
