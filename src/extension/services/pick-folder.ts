import * as vscode from 'vscode';

/** Asks for one folder. @returns undefined when the user left */
export async function pickFolder(
  openLabel: string,
  options: Pick<vscode.OpenDialogOptions, 'title' | 'defaultUri'> = {},
): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel,
    ...options,
  });
  return chosen?.[0];
}
