import path from 'node:path';
import * as vscode from 'vscode';
import { CoopError } from '../../../shared/errors';

const IMAGE = /\.(jpe?g|png|webp|gif|bmp|tiff?)$/i;

/** Shows a class's images: in the Explorer where the workspace has their folder, else as a pick that opens them. */
export async function showImages(folder: unknown): Promise<void> {
  if (typeof folder !== 'string' || !path.isAbsolute(folder))
    throw new CoopError('usage', 'No folder of images was named.', {});
  const uri = vscode.Uri.file(folder);
  if (vscode.workspace.getWorkspaceFolder(uri) !== undefined) {
    await vscode.commands.executeCommand('revealInExplorer', uri);
    return;
  }
  const entries = await vscode.workspace.fs.readDirectory(uri).then(
    found => found,
    (cause: unknown) => {
      throw new CoopError('images.folder', `${folder} cannot be read.`, { subject: folder, cause });
    },
  );
  const rows = entries
    .filter(([name, type]) => (type & vscode.FileType.File) !== 0 && IMAGE.test(name))
    .map(([name]) => ({ label: name }));
  const chosen = await vscode.window.showQuickPick(rows, {
    title: `Images of ${path.basename(folder)}`,
    placeHolder: 'Choose one to open it',
  });
  if (chosen !== undefined)
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.joinPath(uri, chosen.label));
}
