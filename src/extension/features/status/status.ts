import * as vscode from 'vscode';
import { canResume, isGoing, STATUS_WORDS } from '../../../shared/contracts/run-status';
import { fullDelta, markedDelta } from '../../../shared/format/delta';
import { timeLeft } from '../../../shared/format/duration';
import { markdownText } from '../../../shared/format/markdown-text';
import { percent } from '../../../shared/format/percent';
import { runActivity } from '../../../shared/format/run-activity';
import type { CommandId } from '../../services/command-list';
import { commandLink } from '../../services/commands';
import type { RunGains } from '../../services/run-gains';
import type { RunWatcher } from '../../services/run-watcher';

const COMMANDS = ['coop.stop', 'coop.resume', 'coop.openReport', 'coop.showLog'] satisfies CommandId[];

/** The one status bar item: the run that is going on, or nothing. */
export function registerStatus(watcher: RunWatcher, gains: RunGains): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('coop.run', vscode.StatusBarAlignment.Left);
  item.name = 'CoOp run';
  const show = () => {
    const run =
      watcher.runs.find(({ status }) => status === 'interrupted' || isGoing(status)) ?? watcher.runs[0];
    if (run === undefined) {
      item.hide();
      return;
    }
    const { state, status, inputs } = run;
    const accuracy = state.devAccuracy === undefined ? '' : ` · dev ${percent(state.devAccuracy)}`;
    const gained = gains.gainOf(run.directory);
    const told = gained === undefined ? accuracy : ` · test ${markedDelta(gained.gain)}`;
    if (status === 'done') item.text = `$(check) CoOp: ${inputs.name}${told}`;
    else if (status === 'interrupted' || status === 'stopped')
      item.text = `$(debug-pause) CoOp: ${inputs.name} ${status}`;
    else if (status === 'failed') item.text = `$(warning) CoOp: ${inputs.name} failed`;
    else item.text = `$(sync~spin) CoOp: ${lowerFirst(runActivity(run))}${accuracy}`;
    const tooltip = new vscode.MarkdownString(undefined, true);
    tooltip.isTrusted = { enabledCommands: COMMANDS };
    tooltip.appendMarkdown(markdownText(`${inputs.name}: ${inputs.template}`)).appendMarkdown('\n\n');
    tooltip.appendMarkdown(
      markdownText(
        `${STATUS_WORDS[status]}, epoch ${state.epoch} of ${state.epochs}, device ${state.device ?? inputs.device}`,
      ),
    );
    if (gained !== undefined)
      tooltip
        .appendMarkdown('\n\n')
        .appendMarkdown(
          markdownText(`Test images: ${percent(gained.test.value)}, ${fullDelta(gained.gain)}`),
        );
    if (state.etaSeconds !== undefined && isGoing(status))
      tooltip.appendMarkdown(markdownText(`, ${timeLeft(state.etaSeconds)}`));
    if (state.error !== undefined)
      tooltip.appendMarkdown('\n\n').appendMarkdown(markdownText(state.error.message));
    const argument = encodeURIComponent(JSON.stringify([run.directory])).replace(/[()]/g, sign =>
      sign === '(' ? '%28' : '%29',
    );
    const links = [
      ...(isGoing(status) ? [`[Stop](command:coop.stop?${argument})`] : []),
      ...(canResume(run) ? [`[Resume](command:coop.resume?${argument})`] : []),
      ...(run.hasReport ? [`[Report](command:coop.openReport?${argument})`] : []),
      '[Log](command:coop.showLog)',
    ];
    tooltip.appendMarkdown(`\n\n${links.join(' · ')}`);
    item.tooltip = tooltip;
    item.command =
      status === 'failed' || status === 'interrupted'
        ? commandLink('coop.showFailure', 'Say what went wrong', run.directory)
        : run.hasReport
          ? commandLink('coop.openReport', 'Open Report', run.directory)
          : commandLink('coop.dashboard.focus', 'Show in the dashboard');
    item.show();
  };
  show();
  return vscode.Disposable.from(item, watcher.onChange(show), gains.onChange(show));
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
