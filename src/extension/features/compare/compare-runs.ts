import * as vscode from 'vscode';
import { FollowedEvents } from '../../../files/runs/followed-events';
import { readReport } from '../../../files/runs/read-report';
import type { ComparedRun } from '../../../shared/contracts/comparison';
import type { Report } from '../../../shared/contracts/report';
import type { ComparedImage, FromCompare, ToCompare } from '../../../shared/contracts/webview';
import { assertNever, CoopError } from '../../../shared/errors';
import { registerCommand, runCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { directoriesOf } from '../../services/run-of';
import type { RunWatcher } from '../../services/run-watcher';
import { withErrors } from '../../services/show-error';
import { webviewFolder, webviewPage } from '../../services/webview-page';
import { openTestImage } from '../report/open-test-image';
import { ThumbnailSupply } from '../report/thumbnail-supply';
import { pickRuns } from '../runs/pick-runs';

interface Services {
  readonly context: vscode.ExtensionContext;
  readonly engine: EngineClient;
  readonly watcher: RunWatcher;
  readonly log: vscode.LogOutputChannel;
}

/** Images on which runs disagree are many where one of them is poor; nobody looks at more. */
const MAX_IMAGES = 10_000;

/** Compare Runs: finished runs beside each other in a panel, with the paired difference where the test images are the same. */
export function registerCompare(services: Services): vscode.Disposable {
  return registerCommand(services.log, 'coop.compareRuns', (...given: readonly unknown[]) =>
    compareRuns(services, given),
  );
}

async function compareRuns(
  services: Services,
  given: readonly unknown[],
): Promise<readonly ComparedRun[] | undefined> {
  const { engine, watcher } = services;
  await watcher.refresh();
  const finished = watcher.runs.filter(({ hasReport }) => hasReport);
  if (finished.length < 2)
    throw new CoopError('run.missing', 'There are not two finished runs to compare.', {
      next: 'Learn another prompt first.',
    });
  const named = directoriesOf(given);
  const directories =
    named.length > 1
      ? named
      : (await pickRuns(finished, 'Runs to compare; the first is compared with')).map(run => run.directory);
  if (directories.length === 0) return undefined;
  const { runs } = await engine.request('run/compare', { directories });
  await show(services, directories, runs);
  return runs;
}

async function show(
  { context, engine, watcher, log }: Services,
  directories: readonly string[],
  runs: readonly ComparedRun[],
): Promise<void> {
  const reports = await Promise.all(directories.map(readReport));
  const [first] = reports;
  const events = new FollowedEvents();
  const summaries = directories.flatMap(
    directory => watcher.runs.find(run => run.directory === directory) ?? [],
  );
  const message: ToCompare = {
    type: 'comparison',
    runs,
    directories,
    series: await Promise.all(
      summaries.map(async summary => ({ summary, events: await events.of(summary.directory) })),
    ),
    classes: first!.classes,
    images: disagreements(reports, runs),
  };
  const panel = vscode.window.createWebviewPanel(
    'coop.compare',
    `Compare ${directories.length} runs`,
    vscode.ViewColumn.Active,
  );
  const { webview } = panel;
  const dist = webviewFolder(context);
  const { cacheFolder } = await engine.request('engine/hello', {});
  const pictures = vscode.Uri.joinPath(vscode.Uri.file(cacheFolder), 'thumbnails');
  webview.options = { enableScripts: true, localResourceRoots: [dist, pictures] };
  const thumbnails = new ThumbnailSupply(engine, first!, files => {
    const uris = [...files].map(([image, file]) => [
      image,
      file === null ? null : webview.asWebviewUri(vscode.Uri.file(file)).toString(),
    ]);
    return webview.postMessage({ type: 'thumbnails', uris: Object.fromEntries(uris) } satisfies ToCompare);
  });
  panel.onDidDispose(() => thumbnails.dispose());
  webview.onDidReceiveMessage((asked: FromCompare) =>
    withErrors(log, async () => {
      switch (asked.type) {
        case 'ready':
          await webview.postMessage(message);
          return;
        case 'needThumbnails':
          await thumbnails.supply(asked.paths);
          return;
        case 'openImage':
          await openTestImage(first!, asked.path);
          return;
        case 'openReport':
          if (directories.includes(asked.directory)) await runCommand('coop.openReport', asked.directory);
          return;
        default:
          assertNever(asked);
      }
    }),
  );
  webview.html = webviewPage(webview, dist, 'compare');
}

/** Images that some run answers rightly and another does not; null where the runs were tested on different ones. */
function disagreements(
  reports: readonly Report[],
  runs: readonly ComparedRun[],
): readonly ComparedImage[] | null {
  if (runs.slice(1).some(({ againstFirst }) => againstFirst === null)) return null;
  return reports[0]!.images
    .map(({ path, label }, at) => ({
      path,
      label,
      answers: reports.map(({ images }) => images[at]!.learned),
    }))
    .filter(({ label, answers }) => new Set(answers.map(answer => answer === label)).size > 1)
    .slice(0, MAX_IMAGES);
}
