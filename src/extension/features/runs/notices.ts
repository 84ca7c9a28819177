import * as vscode from 'vscode';
import { readRunTail } from '../../../files/runs/run-file';
import type { RunStatus, RunSummary } from '../../../shared/contracts/run';
import { isGoing } from '../../../shared/contracts/run-status';
import { noticeText } from '../../../shared/format/markdown-text';
import { percent } from '../../../shared/format/percent';
import { points } from '../../../shared/format/points';
import { runCommand } from '../../services/commands';
import type { RunWatcher } from '../../services/run-watcher';

const KEY = 'coop.runsSeen';
const TAIL_LINES = 6;
const TAIL_BYTES = 16 * 1024;

/**
 * Tells once how a run ended: a finished one opens its report, a crashed one shows the end of its log and offers to
 * resume. What was told is kept for the workspace, so that a run that ended while the window was closed is told at its
 * next start, and nothing twice.
 */
export function registerNotices(
  { workspaceState }: vscode.ExtensionContext,
  watcher: RunWatcher,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const seen = new Map(Object.entries(workspaceState.get<Record<string, RunStatus>>(KEY, {})));
  const look = async (runs: readonly RunSummary[]) => {
    const changed = seen.size !== runs.length || runs.some(run => seen.get(run.directory) !== run.status);
    // While a run learns, its figures change every second and its status does not.
    if (!changed) return;
    const ended = runs.filter(({ directory, status }) => {
      const before = seen.get(directory);
      return before !== undefined && isGoing(before) && !isGoing(status);
    });
    const there = new Set(runs.map(({ directory }) => directory));
    for (const directory of seen.keys()) if (!there.has(directory)) seen.delete(directory);
    for (const { directory, status } of runs) seen.set(directory, status);
    await workspaceState.update(KEY, Object.fromEntries(seen));
    for (const run of ended) await tell(run, log);
  };
  return watcher.onChange(look);
}

async function tell(run: RunSummary, log: vscode.LogOutputChannel): Promise<void> {
  const { directory, inputs, status } = run;
  const show = async (
    message: Thenable<string | undefined>,
    buttons: Readonly<Record<string, () => Thenable<unknown>>>,
  ) => {
    const chosen = await message;
    if (chosen !== undefined) await buttons[chosen]?.();
  };
  switch (status) {
    case 'done': {
      const text = `CoOp learned “${inputs.name}”${gainOf(run)}.`;
      const buttons = {
        'Open Report': () => runCommand('coop.openReport', directory),
        Apply: () => runCommand('coop.apply', directory),
      };
      void show(vscode.window.showInformationMessage(noticeText(text), ...Object.keys(buttons)), buttons);
      if (vscode.workspace.getConfiguration('coop').get('openReportWhenDone', true))
        await runCommand('coop.openReport', directory, { preserveFocus: true });
      return;
    }
    case 'failed':
    case 'interrupted': {
      const tail = await logTail(directory);
      log.error(
        `The run “${inputs.name}” ended: ${run.state.error?.message ?? 'its process is gone'}\n${tail}`,
      );
      const why = run.state.error;
      const text =
        why === undefined
          ? `The run “${inputs.name}” ended unexpectedly at epoch ${run.state.epoch} of ${run.state.epochs}; nothing before its last checkpoint is lost.`
          : `The run “${inputs.name}” failed: ${why.message} ${why.next ?? ''}`;
      const last = tail.split('\n').at(-1) ?? '';
      const buttons = {
        Resume: () => runCommand('coop.resume', directory),
        'Show Log': () => runCommand('coop.showLog'),
      };
      void show(
        vscode.window.showErrorMessage(
          noticeText(last === '' ? text : `${text} ${last}`),
          ...Object.keys(buttons),
        ),
        buttons,
      );
      return;
    }
    default:
      return;
  }
}

function gainOf({ state: { devAccuracy, baselineDevAccuracy } }: RunSummary): string {
  if (devAccuracy === undefined) return '';
  const gain =
    baselineDevAccuracy === undefined
      ? ''
      : `, ${points(devAccuracy - baselineDevAccuracy)} against the baseline`;
  return `: ${percent(devAccuracy)} on dev images${gain}`;
}

async function logTail(directory: string): Promise<string> {
  const text = await readRunTail(directory, 'stderr', TAIL_BYTES);
  return text.split('\n').slice(-TAIL_LINES).join('\n');
}
