import * as vscode from 'vscode';
import { type ContextHead, readContextHead } from '../../files/contexts/context-head';
import { CONTEXT_ENDING, coopPath } from '../../files/coop-folder';

/** By URI, since documents may lie on a file system of an extension. */
function contextsFolder(document: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(document, '..', ...coopPath('contexts'));
}

export function contextUri(document: vscode.Uri, name: string): vscode.Uri {
  return vscode.Uri.joinPath(contextsFolder(document), name + CONTEXT_ENDING);
}

/** Names of the learned contexts beside a document. */
export async function contextNames(document: vscode.Uri): Promise<string[]> {
  const entries = await vscode.workspace.fs.readDirectory(contextsFolder(document)).then(
    found => found,
    () => [],
  );
  return entries
    .flatMap(([name]) => (name.endsWith(CONTEXT_ENDING) ? [name.slice(0, -CONTEXT_ENDING.length)] : []))
    .sort();
}

/** Null where there is no such file, or none that can be read. */
export function contextHead({ fsPath }: vscode.Uri): Promise<ContextHead | null> {
  return readContextHead(fsPath).catch(() => null);
}
