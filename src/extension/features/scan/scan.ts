import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import type { DocumentParams } from '../../../shared/contracts/protocol';
import type { ScanResult } from '../../../shared/contracts/scan';
import { counted, progressCount } from '../../../shared/format/count';
import { activeDocument, shownDocument } from '../../services/active-prompts';
import { registerCommand, runCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { tell } from '../../services/notice';
import { pickFolder } from '../../services/pick-folder';
import type { ScoreStore } from '../../services/score-store';
import type { ModelChoice } from '../models/select-model';
import { labelImages } from './label-images';
import { nameClasses } from './name-classes';
import { newPrompts } from './new-prompts';
import { namesAndModel, predictFolder } from './predict-folder';
import { ScanTree } from './scan-tree';

/** Scan Image Folder, Score Templates, New Prompts File, and the view “Images”. */
export function registerScan(
  engine: EngineClient,
  models: ModelChoice,
  scores: ScoreStore,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const tree = new ScanTree();
  /** What the view shows: a document, or a folder that has none yet. */
  let shown: { readonly document: vscode.Uri } | { readonly folder: vscode.Uri } | null = null;
  return vscode.Disposable.from(
    tree,
    registerCommand(log, 'coop.scan', async (given?: unknown) => {
      if (!(given instanceof vscode.Uri) && shownDocument() !== undefined) {
        const document = activeDocument();
        const result = await scan(engine, { path: document.uri.fsPath, text: document.getText() });
        shown = { document: document.uri };
        await tree.show(result);
        return result;
      }
      const folder = await folderOf(given);
      if (folder === undefined) return undefined;
      const result = await scan(engine, { path: path.join(folder.fsPath, '.prompts'), text: '@images .' });
      shown = { folder };
      await tree.show(result);
      offerPrompts(folder, result);
      return result;
    }),
    registerCommand(log, 'coop.newPrompts', async (given?: unknown, model?: unknown) => {
      const folder = await folderOf(given);
      if (folder === undefined) return undefined;
      return newPrompts(models, folder, typeof model === 'string' || model === null ? model : undefined);
    }),
    registerCommand(log, 'coop.predictFolder', async (given: unknown, named?: unknown) =>
      given instanceof vscode.Uri ? predictFolder(engine, models, given, namesAndModel(named)) : undefined,
    ),
    registerCommand(log, 'coop.labelImages', async (given: unknown) =>
      given instanceof vscode.Uri ? labelImages(engine, given) : undefined,
    ),
    registerCommand(log, 'coop.nameClasses', async () => {
      const from = shown ?? { document: activeDocument().uri };
      const uri = 'document' in from ? from.document : await newPrompts(models, from.folder, null);
      if (uri === undefined) return undefined;
      shown = { document: uri };
      const file = await nameClasses(engine, await vscode.workspace.openTextDocument(uri));
      const { fsPath } = uri;
      const text = (await vscode.workspace.openTextDocument(uri)).getText();
      await tree.show(await scan(engine, { path: fsPath, text }));
      return file;
    }),
    registerCommand(log, 'coop.score', () => scores.schedule(activeDocument(), { all: true, delay: 0 })),
  );
}

/** From the Explorer the folder itself; else it is asked for. */
async function folderOf(given: unknown): Promise<vscode.Uri | undefined> {
  if (given instanceof vscode.Uri) return given;
  return pickFolder('Use this folder', { title: 'Folder with one sub-folder of images per class' });
}

function offerPrompts(folder: vscode.Uri, { imageCount, classes, vagueNames, layout }: ScanResult): void {
  if (layout === 'flat') {
    const flat = `${counted(imageCount, 'image')}, but nothing says which classes they are of. Put them into a sub-folder per class, or label them in a list; until then they can only be predicted.`;
    tell('information', flat, {
      'Write a Labels File': () => runCommand('coop.labelImages', folder),
      'Predict Them': () => runCommand('coop.predictFolder', folder),
    });
    return;
  }
  const vague =
    vagueNames.length === 0
      ? ''
      : ` ${counted(vagueNames.length, 'class name says', 'class names say')} nothing, or not what is meant, to CLIP.`;
  const text = `${counted(imageCount, 'image')} in ${counted(classes.length, 'class', 'classes')}.${vague} Templates for them go into a .prompts file.`;
  tell('information', text, {
    'New Prompts File': () => runCommand('coop.newPrompts', folder),
    ...(vagueNames.length === 0 ? {} : { 'Name the Classes': () => runCommand('coop.nameClasses') }),
  });
}

function scan(engine: EngineClient, params: DocumentParams): Thenable<ScanResult> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'Scanning images', cancellable: true },
    async (progress, token) => {
      const job = randomUUID();
      const listener = engine.onNotification(({ name, params: update }) => {
        if (name !== 'engine/progress' || update.job !== job) return;
        progress.report({ message: progressCount(update.done, update.total, update.unit) });
      });
      try {
        return await engine.request('project/scan', { ...params, job }, token);
      } finally {
        listener.dispose();
      }
    },
  );
}
