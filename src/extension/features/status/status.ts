import * as vscode from 'vscode';
import { isGoing } from '../../../shared/contracts/run-status';
import { timeLeft } from '../../../shared/format/duration';
import { markdownText } from '../../../shared/format/markdown-text';
import { percent } from '../../../shared/format/percent';
import type { CommandId } from '../../services/command-list';
import { commandLink } from '../../services/commands';
import type { RunWatcher } from '../../services/run-watcher';

const COMMANDS = ['coop.stop', 'coop.resume', 'coop.openReport', 'coop.showLog'] satisfies CommandId[];

/** The one status bar item: the run that is going on, or nothing. */
export function registerStatus(watcher: RunWatcher): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('coop.run', vscode.StatusBarAlignment.Left);
  item.name = 'CoOp run';
  item.command = commandLink('coop.openReport', 'Open Report');
  const show = () => {
    const run =
      watcher.runs.find(({ status }) => status === 'interrupted' || isGoing(status)) ?? watcher.runs[0];
    if (run === undefined) {
      item.hide();
      return;
    }
    const { state, status, inputs } = run;
    const accuracy = state.devAccuracy === undefined ? '' : ` · ${percent(state.devAccuracy)}`;
    if (status === 'done') item.text = `$(check) CoOp: ${inputs.name}${accuracy}`;
    else if (status === 'interrupted' || status === 'stopped')
      item.text = `$(debug-pause) CoOp: ${inputs.name} ${status}`;
    else if (status === 'failed') item.text = `$(warning) CoOp: ${inputs.name} failed`;
    else item.text = `$(sync~spin) CoOp: ${status} ${state.epoch}/${state.epochs}${accuracy}`;
    const tooltip = new vscode.MarkdownString(undefined, true);
    tooltip.isTrusted = { enabledCommands: COMMANDS };
    tooltip.appendMarkdown(markdownText(`${inputs.name}: ${inputs.template}`)).appendMarkdown('\n\n');
    tooltip.appendMarkdown(
      markdownText(
        `${status}, epoch ${state.epoch} of ${state.epochs}, device ${state.device ?? inputs.device}`,
      ),
    );
    if (state.etaSeconds !== undefined && isGoing(status))
      tooltip.appendMarkdown(markdownText(`, ${timeLeft(state.etaSeconds)}`));
    if (state.error !== undefined)
      tooltip.appendMarkdown('\n\n').appendMarkdown(markdownText(state.error.message));
    tooltip.appendMarkdown(
      '\n\n[Stop](command:coop.stop) · [Resume](command:coop.resume) · [Report](command:coop.openReport) · [Log](command:coop.showLog)',
    );
    item.tooltip = tooltip;
    item.show();
  };
  show();
  return vscode.Disposable.from(item, watcher.onChange(show));
}
