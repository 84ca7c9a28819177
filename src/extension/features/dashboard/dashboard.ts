import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { assertNever } from '../../../shared/errors';
import { RUN_FILES, type RunSummary } from '../../../shared/run';
import { parseEvents } from '../../../shared/run-files';
import type { FromDashboard, ToDashboard } from '../../../shared/webview';
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
      const send = async () => {
        if (view.visible) await webview.postMessage(await snapshot(watcher.runs));
      };
      const listeners = vscode.Disposable.from(
        watcher.onChange(send),
        view.onDidChangeVisibility(send),
        webview.onDidReceiveMessage((message: FromDashboard) => {
          switch (message.type) {
            case 'ready':
              return send();
            case 'stop':
              return vscode.commands.executeCommand('coop.stop', message.directory);
            case 'resume':
              return vscode.commands.executeCommand('coop.resume', message.directory);
            case 'openReport':
              return vscode.commands.executeCommand('coop.openReport', message.directory);
            case 'openLog':
              return vscode.commands.executeCommand('coop.showLog');
            default:
              return assertNever(message);
          }
        }),
      );
      view.onDidDispose(() => listeners.dispose());
    },
  });
}

/** Events are read for the newest run only; the others show their state. */
async function snapshot(runs: readonly RunSummary[]): Promise<ToDashboard> {
  const [newest] = runs;
  const bytes =
    newest === undefined
      ? new Uint8Array()
      : await readFile(path.join(newest.directory, RUN_FILES.events)).catch(() => new Uint8Array());
  const { events } = parseEvents(bytes);
  return {
    type: 'snapshot',
    runs: runs.map((summary, at) => ({ summary, events: at === 0 ? events : [] })),
    engine: {
      device: null,
      refused: [],
      empty: runs.length > 0 ? null : 'No runs yet. Open a .prompts document and run “CoOp: Learn Prompt”.',
    },
  };
}
