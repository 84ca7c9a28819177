import * as vscode from 'vscode';
import type { RunStatus, RunSummary } from '../../../shared/contracts/run';
import { isGoing } from '../../../shared/contracts/run-status';
import { fullDelta } from '../../../shared/format/delta';
import { runCommand } from '../../services/commands';
import { tell } from '../../services/notice';
import type { RunGains } from '../../services/run-gains';
import type { RunWatcher } from '../../services/run-watcher';
import { tellFailure } from './run-failure';

const KEY = 'coop.runsSeen';

interface Services {
  readonly context: vscode.ExtensionContext;
  readonly watcher: RunWatcher;
  readonly gains: RunGains;
  readonly log: vscode.LogOutputChannel;
}

/**
 * Tells once how a run ended: a finished one opens its report, a failed one says why and what can be done. What was
 * told is kept for the workspace, so that a run that ended while the window was closed is told at its next start, and
 * nothing twice. Those that an experiment began are left to it.
 */
export function registerNotices(services: Services): vscode.Disposable {
  const { context, watcher } = services;
  const { workspaceState } = context;
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
    // The panel of an experiment tells of its runs, which are many.
    for (const run of ended) if (run.inputs.experiment === undefined) await tellEnd(run, services);
  };
  return watcher.onChange(look);
}

async function tellEnd(
  run: RunSummary,
  { watcher, gains, log }: Pick<Services, 'watcher' | 'gains' | 'log'>,
): Promise<void> {
  // As it is by now: someone may have resumed it meanwhile.
  const now = watcher.runs.find(({ directory }) => directory === run.directory);
  if (now?.status === 'failed' || now?.status === 'interrupted') await tellFailure(now, log);
  if (now?.status !== 'done') return;
  const { directory, inputs } = now;
  if (vscode.workspace.getConfiguration('coop').get('openReportWhenDone', true)) {
    // The report says it itself, and a notice would lie over it.
    await runCommand('coop.openReport', directory, { preserveFocus: true });
    return;
  }
  await gains.read();
  const gained = gains.gainOf(directory);
  const text = `CoOp learned “${inputs.name}”${gained === undefined ? '' : `: test ${fullDelta(gained.gain)}`}.`;
  tell('information', text, {
    'Open Report': () => runCommand('coop.openReport', directory),
    Apply: () => runCommand('coop.apply', directory),
  });
}
