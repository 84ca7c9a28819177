import * as vscode from 'vscode';
import { besideWalkthrough } from '../../services/beside-walkthrough';
import { registerCommand } from '../../services/commands';
import { exists } from '../../services/exists';
import { pickFolder } from '../../services/pick-folder';

/**
 * Open Sample: copies the sample out of the extension's folder, which is not the user's to write in, and opens it.
 * @param target where to; asked for when absent
 */
export function registerSample(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return registerCommand(log, 'coop.openSample', async (given?: unknown) => {
    const folder = given instanceof vscode.Uri ? given : await askWhere(context);
    if (folder === undefined) return undefined;
    const document = vscode.Uri.joinPath(folder, 'demo.prompts');
    if (!(await exists(document))) {
      const source = vscode.Uri.joinPath(context.extensionUri, 'media', 'sample');
      await vscode.workspace.fs.copy(source, folder, { overwrite: true });
    }
    const viewColumn = besideWalkthrough();
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(document), {
      ...(viewColumn === undefined ? {} : { viewColumn }),
      preview: false,
    });
    return document;
  });
}

async function askWhere(context: vscode.ExtensionContext): Promise<vscode.Uri | undefined> {
  const here = { label: '$(file) Open it in this window', detail: 'Its files are kept by the extension.' };
  const copy = {
    label: '$(folder) Copy it into a folder of mine …',
    detail: 'A sub-folder “coop-sample” is made there.',
  };
  const chosen = await vscode.window.showQuickPick([here, copy], {
    title: 'CoOp: Open Sample',
    placeHolder: '855 small pictures in 8 classes, a small CLIP model, and templates',
  });
  if (chosen === undefined) return undefined;
  if (chosen === here) return vscode.Uri.joinPath(context.globalStorageUri, 'sample');
  const parent = await pickFolder('Copy the sample here');
  return parent === undefined ? undefined : vscode.Uri.joinPath(parent, 'coop-sample');
}
