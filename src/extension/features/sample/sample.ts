import * as vscode from 'vscode';
import { withErrors } from '../../services/show-error';

/** Open Sample: copies the sample out of the extension's folder, which is not the user's to write in, and opens it. */
export function registerSample(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return vscode.commands.registerCommand('coop.openSample', (target?: vscode.Uri) =>
    withErrors(log, async () => {
      const folder = target ?? vscode.Uri.joinPath(context.globalStorageUri, 'sample');
      const document = vscode.Uri.joinPath(folder, 'demo.prompts');
      const there = await vscode.workspace.fs.stat(document).then(
        () => true,
        () => false,
      );
      if (!there) {
        const source = vscode.Uri.joinPath(context.extensionUri, 'media', 'sample');
        await vscode.workspace.fs.copy(source, folder, { overwrite: true });
      }
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(document));
    }),
  );
}
