import * as vscode from 'vscode';
import { commandLink, registerCommand } from '../../services/commands';
import type { ScoreStore } from '../../services/score-store';

/** Scoring that is over sooner is not worth a flicker of the status bar. */
const PATIENCE_MS = 700;

/** How far scoring is, while it goes on, with a click that gives it up. */
export function registerScoringStatus(scores: ScoreStore, log: vscode.LogOutputChannel): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('coop.scoring', vscode.StatusBarAlignment.Left);
  item.name = 'CoOp scoring';
  item.command = commandLink('coop.cancelScoring', 'Cancel');
  let waiting: NodeJS.Timeout | undefined;
  const show = () => {
    const [uri] = scores.going;
    if (uri === undefined) {
      clearTimeout(waiting);
      waiting = undefined;
      item.hide();
      return;
    }
    const text = scores.progressOf(uri) ?? 'scoring …';
    item.text = `$(sync~spin) CoOp: ${text}`;
    item.tooltip = `Scoring ${vscode.workspace.asRelativePath(uri)} on its dev images: ${text}. Click to cancel; the next edit or save goes on.`;
    waiting ??= setTimeout(() => {
      if (scores.going.length > 0) item.show();
    }, PATIENCE_MS);
  };
  return vscode.Disposable.from(
    item,
    scores.onProgress(show),
    registerCommand(log, 'coop.cancelScoring', () => scores.cancel()),
  );
}
