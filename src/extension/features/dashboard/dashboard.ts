import * as vscode from 'vscode';
import { FollowedEvents } from '../../../files/runs/followed-events';
import type { RunSummary } from '../../../shared/contracts/run';
import type { FromDashboard, ToDashboard } from '../../../shared/contracts/webview';
import { assertNever } from '../../../shared/errors';
import { runCommand } from '../../services/commands';
import type { RunGains } from '../../services/run-gains';
import type { RunSelection } from '../../services/run-selection';
import type { RunWatcher } from '../../services/run-watcher';
import { webviewFolder, webviewPage } from '../../services/webview-page';

const VIEW = 'coop.dashboard';

interface Services {
  readonly context: vscode.ExtensionContext;
  readonly watcher: RunWatcher;
  readonly gains: RunGains;
  readonly selection: RunSelection;
}

/** The side panel: the host owns the state, the view is a projection of whole snapshots. */
export function registerDashboard({ context, watcher, gains, selection }: Services): vscode.Disposable {
  return vscode.window.registerWebviewViewProvider(VIEW, {
    resolveWebviewView(view) {
      const { webview } = view;
      const dist = webviewFolder(context);
      webview.options = { enableScripts: true, localResourceRoots: [dist] };
      webview.html = webviewPage(webview, dist, 'dashboard');
      const events = new FollowedEvents();
      const send = async () => {
        if (view.visible) await webview.postMessage(await snapshot(selection.runs, gains, events));
      };
      const listeners = vscode.Disposable.from(
        watcher.onChange(send),
        selection.onChange(send),
        gains.onChange(send),
        view.onDidChangeVisibility(send),
        webview.onDidReceiveMessage((message: FromDashboard) => {
          switch (message.type) {
            case 'ready':
              return send();
            case 'stop':
              return runCommand('coop.stop', message.directory);
            case 'resume':
              return runCommand('coop.resume', message.directory);
            case 'openReport':
              return runCommand('coop.openReport', message.directory);
            case 'openLog':
              return runCommand('coop.showLog');
            default:
              return assertNever(message);
          }
        }),
      );
      view.onDidDispose(() => listeners.dispose());
    },
  });
}

async function snapshot(
  runs: readonly RunSummary[],
  gains: RunGains,
  events: FollowedEvents,
): Promise<ToDashboard> {
  events.keep(new Set(runs.map(({ directory }) => directory)));
  return {
    type: 'snapshot',
    runs: await Promise.all(
      runs.map(async summary => {
        const gained = gains.gainOf(summary.directory);
        return {
          summary,
          events: await events.of(summary.directory),
          ...(gained === undefined ? {} : { gained }),
        };
      }),
    ),
  };
}
