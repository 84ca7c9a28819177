import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { count, counted } from '../../../shared/format/count';
import type { ScanResult } from '../../../shared/scan';
import type { EngineClient } from '../../services/engine-client';
import type { ScoreStore } from '../../services/score-store';
import { withErrors } from '../../services/show-error';
import type { TextDocuments } from '../../services/text-documents';
import { activeDocument } from '../runs/learn-prompt';

/** Scan Image Folder and Score Templates. */
export function registerScan(
  engine: EngineClient,
  scores: ScoreStore,
  texts: TextDocuments,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand('coop.scan', async () => {
      let result: ScanResult | undefined;
      await withErrors(log, async () => {
        const document = activeDocument();
        result = await scan(engine, document);
        await texts.show('Image folder', summary(result));
      });
      return result;
    }),
    vscode.commands.registerCommand('coop.score', () =>
      withErrors(log, async () => scores.schedule(activeDocument(), { all: true, delay: 0 })),
    ),
  );
}

function scan(engine: EngineClient, document: vscode.TextDocument): Thenable<ScanResult> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'Scanning images', cancellable: true },
    async (progress, token) => {
      const job = randomUUID();
      const listener = engine.onNotification(({ name, params }) => {
        if (name !== 'engine/progress' || params.job !== job) return;
        progress.report({ message: `${count(params.done)} / ${count(params.total)} ${params.unit}` });
      });
      try {
        const params = { path: document.uri.fsPath, text: document.getText(), job };
        return await engine.request('project/scan', params, token);
      } finally {
        listener.dispose();
      }
    },
  );
}

/** The result as Markdown; names of files and folders stand in code spans. */
function summary(result: ScanResult): string {
  const code = (text: string) => `\`${text.replaceAll('`', 'ˋ')}\``;
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `\n## ${title}\n\n${lines.map(line => `- ${line}`).join('\n')}\n`;
  return [
    `# ${counted(result.imageCount, 'image')} in ${counted(result.classes.length, 'class', 'classes')}\n`,
    `${code(result.folder)}\n`,
    '| class | images | folder |\n|---|---:|---|',
    ...result.classes.map(
      ({ name, count: images, folder }) => `| ${code(name)} | ${count(images)} | ${code(folder)} |`,
    ),
    section(
      'Files that cannot be used',
      result.problems.map(({ path, detail }) => `${code(path)}: ${detail}`),
    ),
    section(
      'Files with the same bytes',
      result.duplicates.map(
        ({ paths, acrossClasses }) =>
          `${acrossClasses ? '**in different classes:** ' : ''}${paths.map(code).join(' = ')}`,
      ),
    ),
    section('Photos stored rotated (seen so by CLIP, unless `@preprocess exif`)', result.rotated.map(code)),
    section(
      'Names that say nothing to CLIP',
      result.vagueNames.map(({ name, reason }) => `${code(name)}: ${reason}`),
    ),
  ].join('\n');
}
