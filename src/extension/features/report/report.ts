import path from 'node:path';
import * as vscode from 'vscode';
import { assertNever, CoopError } from '../../../shared/errors';
import type { Report } from '../../../shared/report';
import type { FromReport, ToReport } from '../../../shared/webview';
import type { EngineClient } from '../../services/engine-client';
import type { RunWatcher } from '../../services/run-watcher';
import { withErrors } from '../../services/show-error';
import { webviewFolder, webviewPage } from '../../services/webview-page';

const THUMBNAIL_SIZE = 96;

interface Services {
  readonly context: vscode.ExtensionContext;
  readonly engine: EngineClient;
  readonly watcher: RunWatcher;
  readonly log: vscode.LogOutputChannel;
}

/** Open Report: the panel of one run, at most one per run. */
export function registerReport(services: Services): vscode.Disposable {
  const { engine, watcher, log } = services;
  const panels = new Map<string, vscode.WebviewPanel>();
  return vscode.commands.registerCommand('coop.openReport', async (directory?: string) => {
    let report: Report | undefined;
    await withErrors(log, async () => {
      await watcher.refresh();
      const run = watcher.runs.find(candidate =>
        directory === undefined ? candidate.hasReport : candidate.directory === directory,
      );
      if (run === undefined)
        throw new CoopError('run.missing', 'There is no report yet.', {
          next: 'Run “CoOp: Learn Prompt” first.',
        });
      report = await engine.request('run/report', { directory: run.directory });
      const open = panels.get(run.directory);
      if (open !== undefined) {
        open.reveal();
        return;
      }
      const panel = await createPanel(services, run.directory, report);
      panels.set(run.directory, panel);
      panel.onDidDispose(() => panels.delete(run.directory));
    });
    return report;
  });
}

async function createPanel(
  { context, engine, log }: Services,
  directory: string,
  report: Report,
): Promise<vscode.WebviewPanel> {
  const { cacheFolder } = await engine.request('engine/hello', {});
  const dist = webviewFolder(context);
  const pictures = vscode.Uri.file(path.join(cacheFolder, 'thumbnails'));
  const panel = vscode.window.createWebviewPanel(
    'coop.report',
    `Report ${report.name}`,
    vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside,
    { enableScripts: true, localResourceRoots: [dist, pictures] },
  );
  const { webview } = panel;
  const post = (message: ToReport) => webview.postMessage(message);
  let applied = false;
  const showReport = () => post({ type: 'report', report, directory, applied });
  webview.onDidReceiveMessage((message: FromReport) =>
    withErrors(log, async () => {
      switch (message.type) {
        case 'ready':
          await showReport();
          return;
        case 'needThumbnails': {
          const { paths } = message;
          const params = { folder: report.imagesFolder, paths, size: THUMBNAIL_SIZE };
          const files = await engine.request('image/thumbnails', params);
          const uris = paths.map((image, at): [string, string | null] => {
            const file = files[at];
            return [image, file == null ? null : webview.asWebviewUri(vscode.Uri.file(file)).toString()];
          });
          await post({ type: 'thumbnails', uris: Object.fromEntries(uris) });
          return;
        }
        case 'openImage':
          await vscode.commands.executeCommand(
            'vscode.open',
            vscode.Uri.joinPath(vscode.Uri.file(report.imagesFolder), message.path),
          );
          return;
        case 'apply':
          await vscode.commands.executeCommand('coop.apply', directory);
          applied = true;
          await showReport();
          return;
        case 'copyCommand':
          await vscode.env.clipboard.writeText(report.provenance.command);
          return;
        case 'openDocument':
          await vscode.window.showTextDocument(vscode.Uri.file(report.document));
          return;
        default:
          assertNever(message);
      }
    }),
  );
  webview.html = webviewPage(webview, dist, 'report');
  return panel;
}
