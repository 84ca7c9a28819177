import path from 'node:path';
import * as vscode from 'vscode';
import { stopExperiment } from '../../../files/experiments/experiment-launcher';
import { readExperimentResults } from '../../../files/experiments/read-results';
import { experimentName, resultsFolder } from '../../../files/experiments/results-folder';
import type { FromExperiment, ToExperiment } from '../../../shared/contracts/webview';
import { assertNever, errorData } from '../../../shared/errors';
import type { EngineClient } from '../../services/engine-client';
import { withErrors } from '../../services/show-error';
import { webviewFolder, webviewPage } from '../../services/webview-page';

interface Services {
  readonly context: vscode.ExtensionContext;
  readonly engine: EngineClient;
  readonly log: vscode.LogOutputChannel;
}

export const EXPERIMENT_VIEW = 'coop.experiment';
const ACTIVE_MS = 700;
const IDLE_MS = 3000;

/**
 * The panels of experiments, one a file. They show what lies in the folder of results, whoever writes it: a process that
 * this window started, one from before a reload, or one of the command line.
 */
export class ExperimentPanels {
  private readonly panels = new Map<string, { readonly panel: vscode.WebviewPanel; look(): Promise<void> }>();

  constructor(private readonly services: Services) {}

  async show(file: string): Promise<void> {
    const known = this.panels.get(file);
    if (known !== undefined) {
      known.panel.reveal();
      return known.look();
    }
    const panel = vscode.window.createWebviewPanel(
      EXPERIMENT_VIEW,
      `Experiment ${experimentName(file)}`,
      vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside,
    );
    this.fill(panel, file);
  }

  fill(panel: vscode.WebviewPanel, file: string): void {
    const { context, engine, log } = this.services;
    const out = resultsFolder(file);
    const figures = vscode.Uri.joinPath(vscode.Uri.file(out), 'figures');
    const dist = webviewFolder(context);
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [dist, figures] };
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    let shown = '';
    let failed = '';
    const look = async () => {
      clearTimeout(timer);
      let going = false;
      try {
        const message = await this.message(webview, file, out, figures);
        going = message.status === 'planning' || message.status === 'measuring';
        const text = JSON.stringify(message);
        if (text !== shown && !over && panel.visible) {
          shown = text;
          await webview.postMessage(message);
        }
        failed = '';
      } catch (thrown) {
        // Told once: it is looked at again and again.
        const { message } = errorData(thrown);
        if (message !== failed) await withErrors(log, () => Promise.reject(thrown));
        failed = message;
      }
      clearTimeout(timer);
      if (!over) timer = setTimeout(() => void look(), going ? ACTIVE_MS : IDLE_MS);
    };
    this.panels.set(file, { panel, look });
    panel.onDidDispose(() => {
      over = true;
      clearTimeout(timer);
      this.panels.delete(file);
    });
    panel.onDidChangeViewState(() => look());
    webview.onDidReceiveMessage((asked: FromExperiment) =>
      withErrors(log, async () => {
        switch (asked.type) {
          case 'ready':
            // A view that was hidden begins anew.
            shown = '';
            break;
          case 'stop':
            await stopExperiment(out);
            break;
          case 'goOn':
            await engine.request('experiment/start', { file });
            break;
          case 'openHtml':
            await vscode.env.openExternal(vscode.Uri.file(path.join(out, 'index.html')));
            return;
          case 'openCsv':
            await vscode.window.showTextDocument(vscode.Uri.file(path.join(out, 'results.csv')), {
              preview: false,
            });
            return;
          default:
            assertNever(asked);
        }
        await look();
      }),
    );
    webview.html = webviewPage(webview, dist, 'experiment');
  }

  private async message(
    webview: vscode.Webview,
    file: string,
    out: string,
    folder: vscode.Uri,
  ): Promise<ToExperiment> {
    const { figures, ...results } = await readExperimentResults(out);
    return {
      type: 'results',
      file,
      ...results,
      figures: figures.map(({ name, written }) => ({
        name,
        uri: webview
          .asWebviewUri(vscode.Uri.joinPath(folder, name))
          .with({ query: `written=${Math.round(written)}` })
          .toString(),
      })),
    };
  }
}
