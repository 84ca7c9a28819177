import * as vscode from 'vscode';

const all = new vscode.Range(0, 0, 1000, 0);

/** The hints of a document by the trimmed text of their lines. */
export async function hints(document: vscode.TextDocument): Promise<Map<string, vscode.InlayHint>> {
  const found = await vscode.commands.executeCommand<vscode.InlayHint[]>(
    'vscode.executeInlayHintProvider',
    document.uri,
    all,
  );
  return new Map(found.map(hint => [document.lineAt(hint.position.line).text.trim(), hint]));
}

/** The same with their labels only. */
export async function labels(document: vscode.TextDocument): Promise<Map<string, string>> {
  return new Map([...(await hints(document))].map(([line, { label }]) => [line, String(label)]));
}
