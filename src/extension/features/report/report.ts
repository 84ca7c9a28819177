import * as vscode from 'vscode';
import { readTextFile } from '../../../files/disk/read-text-file';
import { readReport } from '../../../files/runs/read-report';
import type { Report } from '../../../shared/contracts/report';
import type { FromReport, ToReport } from '../../../shared/contracts/webview';
import { assertNever, CoopError } from '../../../shared/errors';
import { repeatCommand, repeatFacts } from '../../../shared/format/repeat-command';
import { shellOf } from '../../../shared/format/shell-argument';
import { linesOf } from '../../../shared/template/parse-prompts';
import { besideWalkthrough } from '../../services/beside-walkthrough';
import { registerCommand, runCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { directoriesOf } from '../../services/run-of';
import type { RunWatcher } from '../../services/run-watcher';
import { withErrors } from '../../services/show-error';
import { webviewFolder, webviewPage } from '../../services/webview-page';
import { openTestImage } from './open-test-image';
import { saveHtml } from './save-html';
import { ThumbnailSupply } from './thumbnail-supply';

interface Services {
  readonly context: vscode.ExtensionContext;
  readonly engine: EngineClient;
  readonly watcher: RunWatcher;
  readonly log: vscode.LogOutputChannel;
}

const VIEW_TYPE = 'coop.report';

/** Open Report: the panel of one run, at most one per run; it comes back after the window was reloaded. */
export function registerReport(services: Services): vscode.Disposable {
  const { watcher, log } = services;
  const panels = new Map<string, vscode.WebviewPanel>();
  const keep = (directory: string, panel: vscode.WebviewPanel) => {
    panels.set(directory, panel);
    panel.onDidDispose(() => panels.delete(directory));
  };
  const open = async (directory?: string, preserveFocus = false): Promise<Report> => {
    await watcher.refresh();
    const run = watcher.runs.find(candidate =>
      directory === undefined ? candidate.hasReport : candidate.directory === directory,
    );
    if (run === undefined)
      throw new CoopError('run.missing', 'There is no report yet.', {
        next: 'Run “CoOp: Learn Prompt” first.',
      });
    // From its file, so that a report opens without the engine, also in a workspace that is not trusted.
    const report = await readReport(run.directory);
    const shown = panels.get(run.directory);
    if (shown !== undefined) {
      shown.reveal(undefined, preserveFocus);
      return report;
    }
    const panel = vscode.window.createWebviewPanel(VIEW_TYPE, `Report ${report.name}`, {
      viewColumn:
        besideWalkthrough() ??
        (vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside),
      preserveFocus,
    });
    keep(run.directory, panel);
    await fill(services, panel, run.directory, report);
    return report;
  };
  return vscode.Disposable.from(
    registerCommand(
      log,
      'coop.openReport',
      (given?: unknown, options?: { readonly preserveFocus?: boolean }) =>
        open(directoriesOf([given])[0], options?.preserveFocus === true),
    ),
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (panel, state: unknown) => {
        const directory = directoryOf(state);
        const report = directory === null ? null : await readReport(directory).catch(() => null);
        if (directory === null || report === null) {
          panel.dispose(); // The run was deleted meanwhile.
          return;
        }
        keep(directory, panel);
        await fill(services, panel, directory, report);
      },
    }),
  );
}

function directoryOf(state: unknown): string | null {
  if (typeof state !== 'object' || state === null || !('directory' in state)) return null;
  return typeof state.directory === 'string' ? state.directory : null;
}

async function fill(
  { context, engine, log }: Services,
  panel: vscode.WebviewPanel,
  directory: string,
  report: Report,
): Promise<void> {
  const dist = webviewFolder(context);
  // Without the engine (no trust, say) the report lacks its pictures only.
  const hello = await engine.request('engine/hello', {}).catch(() => null);
  const pictures =
    hello === null ? [] : [vscode.Uri.joinPath(vscode.Uri.file(hello.cacheFolder), 'thumbnails')];
  const { webview } = panel;
  webview.options = { enableScripts: true, localResourceRoots: [dist, ...pictures] };
  const post = (message: ToReport) => webview.postMessage(message);
  let applied = await isApplied(report);
  const showReport = () => post({ type: 'report', report, directory, applied });
  const follow = vscode.workspace.onDidChangeTextDocument(async ({ document }) => {
    if (document.uri.fsPath !== vscode.Uri.file(report.document).fsPath) return;
    const now = await isApplied(report);
    if (now === applied) return;
    applied = now;
    await showReport();
  });
  const thumbnails = new ThumbnailSupply(engine, report, files => {
    const uris = [...files].map(([image, file]) => [
      image,
      file === null ? null : webview.asWebviewUri(vscode.Uri.file(file)).toString(),
    ]);
    return post({ type: 'thumbnails', uris: Object.fromEntries(uris) });
  });
  panel.onDidDispose(() => {
    follow.dispose();
    thumbnails.dispose();
  });
  webview.onDidReceiveMessage((message: FromReport) =>
    withErrors(log, async () => {
      switch (message.type) {
        case 'ready':
          await showReport();
          return;
        case 'needThumbnails':
          await thumbnails.supply(message.paths);
          return;
        case 'openImage':
          await openTestImage(report, message.path);
          return;
        case 'apply':
          await runCommand('coop.apply', directory);
          applied = await isApplied(report);
          await showReport();
          return;
        case 'exportContext':
        case 'exportCode':
          await runCommand(`coop.${message.type}`, directory);
          return;
        case 'copyCommand':
          await vscode.env.clipboard.writeText(commandOf(report));
          return;
        case 'saveHtml':
          await saveHtml(engine, directory, report);
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
}

/** True while the learned line stands in the document, as it is in the editor or on the disk. */
async function isApplied({ document, results, seeds, chosenSeed }: Report): Promise<boolean> {
  const [words] = seeds.find(({ seed }) => seed === chosenSeed)?.lines ?? [];
  const learned = words ?? results.at(-1)?.label;
  const uri = vscode.Uri.file(document);
  const open = vscode.workspace.textDocuments.find(candidate => candidate.uri.fsPath === uri.fsPath);
  const text = open?.getText() ?? (await readTextFile(document, 'template.syntax').catch(() => ''));
  return linesOf(text).some(({ line }) => line.trim() === learned);
}

/** For the shell of the machine that the engine runs on. */
function commandOf(report: Report): string {
  return repeatCommand(repeatFacts(report), shellOf(process.platform));
}
