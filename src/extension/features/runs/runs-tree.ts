import path from 'node:path';
import * as vscode from 'vscode';
import type { RunGain } from '../../../shared/contracts/comparison';
import type { DamagedRun, RunStatus, RunSummary } from '../../../shared/contracts/run';
import { canResume, isGoing, STATUS_WORDS } from '../../../shared/contracts/run-status';
import { compactDelta, fullDelta } from '../../../shared/format/delta';
import { markdownText } from '../../../shared/format/markdown-text';
import { compactPercent, percent } from '../../../shared/format/percent';
import { recipeInWords } from '../../../shared/format/recipe';
import { runActivity } from '../../../shared/format/run-activity';
import { commandLink } from '../../services/commands';
import type { RunGains } from '../../services/run-gains';
import type { RunSelection } from '../../services/run-selection';
import type { RunWatcher } from '../../services/run-watcher';

type Element = RunSummary | DamagedRun;

/** The view “Runs”: all runs beside the documents of this window, newest first, the damaged ones below them. */
export function registerRunsTree(
  watcher: RunWatcher,
  gains: RunGains,
  selection: RunSelection,
): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const view = vscode.window.createTreeView<Element>('coop.runs', {
    canSelectMany: true,
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: element => (element === undefined ? [...watcher.runs, ...watcher.damaged] : []),
      getTreeItem: element =>
        'inputs' in element ? runItem(element, gains.gainOf(element.directory)) : damagedItem(element),
    },
  });
  const told = new Map<string, boolean>();
  const context = (key: string, value: boolean) => {
    if (told.get(key) === value) return;
    told.set(key, value);
    void vscode.commands.executeCommand('setContext', `coop.${key}`, value);
  };
  const show = () => {
    const { runs } = watcher;
    const going = runs.filter(({ status }) => isGoing(status)).length;
    view.badge = going === 0 ? undefined : { value: going, tooltip: `${going} going on` };
    context('hasRuns', runs.length > 0);
    context('isRunning', going > 0);
    context('canResume', runs.some(canResume));
    const finished = runs.filter(({ hasReport }) => hasReport).length;
    context('hasReport', finished > 0);
    context('canCompare', finished > 1);
    changed.fire();
  };
  show();
  return vscode.Disposable.from(
    changed,
    view,
    view.onDidChangeSelection(({ selection: chosen }) =>
      selection.select(chosen.map(({ directory }) => directory)),
    ),
    watcher.onChange(show),
    gains.onChange(show),
  );
}

const ICONS: Readonly<Record<RunStatus, [icon: string, color?: string]>> = {
  starting: ['sync~spin'],
  scanning: ['sync~spin'],
  encoding: ['sync~spin'],
  learning: ['sync~spin'],
  reporting: ['sync~spin'],
  done: ['pass', 'testing.iconPassed'],
  stopped: ['debug-pause'],
  interrupted: ['debug-disconnect', 'list.warningForeground'],
  failed: ['error', 'list.errorForeground'],
};

function runItem(run: RunSummary, gained: RunGain | undefined): vscode.TreeItem {
  const { directory, inputs, state, status, hasReport } = run;
  const item = new vscode.TreeItem(inputs.name);
  item.id = directory;
  const dev = state.devAccuracy === undefined ? '' : ` · dev ${compactPercent(state.devAccuracy)}`;
  // A side panel is narrow, and the icon says that it is done.
  item.description = gained === undefined ? `${runActivity(run)}${dev}` : accuracyText(gained);
  const [icon, color] = ICONS[status];
  item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
  const kind = isGoing(status) ? 'going' : canResume(run) ? 'resumable' : 'done';
  item.contextValue = hasReport ? `run.${kind}.report` : `run.${kind}`;
  item.tooltip = tooltip(run, gained);
  item.command = hasReport
    ? commandLink('coop.openReport', 'Open Report', directory)
    : status === 'failed' || status === 'interrupted'
      ? commandLink('coop.showFailure', 'Say what went wrong', directory)
      : commandLink('coop.dashboard.focus', 'Show in the dashboard');
  return item;
}

const accuracyText = ({ test, gain }: RunGain) => `test ${compactPercent(test.value)} ${compactDelta(gain)}`;

function tooltip({ inputs, state, status }: RunSummary, gained: RunGain | undefined): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const line = (label: string, value: string) =>
    text.appendMarkdown(markdownText(`${label}: ${value}`)).appendMarkdown('  \n');
  line('Run', `${inputs.name}, ${STATUS_WORDS[status].toLowerCase()}`);
  line('Template', inputs.template);
  line('Compared with', inputs.baseline);
  line('Document', path.basename(inputs.document.path));
  line('Recipe', recipeInWords(inputs.recipe));
  line('Device', state.device ?? inputs.device);
  if (state.devAccuracy !== undefined) line('Dev accuracy', percent(state.devAccuracy));
  if (gained !== undefined) {
    line('Test accuracy', percent(gained.test.value));
    line('Gain on test images', fullDelta(gained.gain));
  }
  line('Started', new Date(inputs.createdAt).toLocaleString());
  if (state.error !== undefined) line(STATUS_WORDS[status], state.error.message);
  return text;
}

function damagedItem({ directory, error }: DamagedRun): vscode.TreeItem {
  const item = new vscode.TreeItem(path.basename(directory));
  item.id = directory;
  item.description = 'Damaged';
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.contextValue = 'damaged';
  item.tooltip = `${error.message} ${error.next ?? ''}`.trim();
  return item;
}
