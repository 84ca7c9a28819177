import * as vscode from 'vscode';
import { FollowedEvents } from '../../../files/runs/followed-events';
import type { RunSummary } from '../../../shared/contracts/run';
import type { FromDashboard, ToDashboard } from '../../../shared/contracts/webview';
import { assertNever } from '../../../shared/errors';
import { runCommand } from '../../services/commands';
import type { RunWatcher } from '../../services/run-watcher';
import { webviewFolder, webviewPage } from '../../services/webview-page';

const VIEW = 'coop.dashboard';

/** The side panel: the host owns the state, the view is a projection of whole snapshots. */
export function registerDashboard(context: vscode.ExtensionContext, watcher: RunWatcher): vscode.Disposable {
  return vscode.window.registerWebviewViewProvider(VIEW, {
    resolveWebviewView(view) {
      const { webview } = view;
      const dist = webviewFolder(context);
      webview.options = { enableScripts: true, localResourceRoots: [dist] };
      webview.html = webviewPage(webview, dist, 'dashboard');
      const events = new FollowedEvents();
      let chosen: ReadonlySet<string> = new Set();
      const send = async () => {
        if (view.visible) await webview.postMessage(await snapshot(watcher.runs, chosen, events));
      };
      const listeners = vscode.Disposable.from(
        watcher.onChange(send),
        view.onDidChangeVisibility(send),
        webview.onDidReceiveMessage((message: FromDashboard) => {
          switch (message.type) {
            case 'ready':
              return send();
            case 'choose':
              chosen = new Set(message.directories);
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

/** Events are read for the newest run and the chosen ones; the others show their state. */
async function snapshot(
  runs: readonly RunSummary[],
  chosen: ReadonlySet<string>,
  events: FollowedEvents,
): Promise<ToDashboard> {
  const shown = new Set(
    runs.map(({ directory }) => directory).filter((directory, at) => at === 0 || chosen.has(directory)),
  );
  events.keep(shown);
  return {
    type: 'snapshot',
    runs: await Promise.all(
      runs.map(async summary => ({
        summary,
        events: shown.has(summary.directory) ? await events.of(summary.directory) : [],
      })),
    ),
  };
}
