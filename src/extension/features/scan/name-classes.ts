import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import { counted } from '../../../shared/format/count';
import type { EngineClient } from '../../services/engine-client';
import { tell } from '../../services/notice';
import { unusedFile } from '../../services/unused-file';
import { relativePath, writeDirective } from '../../services/write-directive';

/**
 * Writes a classes file beside a document, with proposals in place of names that say nothing to CLIP, names it after
 * `@classes`, and shows it to be read through.
 */
export async function nameClasses(engine: EngineClient, document: vscode.TextDocument): Promise<vscode.Uri> {
  const folder = vscode.Uri.joinPath(document.uri, '..');
  const file = await unusedFile(folder, 'classes.csv');
  const { proposed, vague } = await engine.request('project/nameClasses', {
    path: document.uri.fsPath,
    text: document.getText(),
    file: file.fsPath,
    job: randomUUID(),
  });
  await writeDirective(document, 'classes', relativePath(folder.fsPath, file.fsPath));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file), {
    viewColumn: vscode.ViewColumn.Beside,
  });
  const left = vague === 0 ? '' : ` ${counted(vague, 'name')} only you can know.`;
  tell(
    'information',
    `${path.basename(file.fsPath)}: ${counted(proposed, 'name')} proposed.${left} Read it through; prompts use the column “name”.`,
  );
  return file;
}
