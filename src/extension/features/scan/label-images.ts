import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import { counted } from '../../../shared/format/count';
import { runCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { tell } from '../../services/notice';
import { unusedFile } from '../../services/unused-file';

/** Writes a list of a folder's images into it, with a label to fill in for each, and shows it. */
export async function labelImages(engine: EngineClient, folder: vscode.Uri): Promise<vscode.Uri> {
  const file = await unusedFile(folder, 'labels.csv');
  const { images } = await engine.request('project/labelImages', {
    path: path.join(folder.fsPath, '.prompts'),
    text: '@images .',
    file: file.fsPath,
    job: randomUUID(),
  });
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
  tell(
    'information',
    `${path.basename(file.fsPath)} lists ${counted(images, 'image')}. Write the class of each after its comma; the file then stands after @images in place of the folder.`,
    { 'New Prompts File': () => runCommand('coop.newPrompts', file) },
  );
  return file;
}
