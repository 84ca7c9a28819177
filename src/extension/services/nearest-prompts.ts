import path from 'node:path';
import * as vscode from 'vscode';
import { parsePrompts } from '../../shared/template/parse-prompts';
import type { PromptsDocument } from '../../shared/template/syntax';

export interface NearestPrompts {
  readonly path: string;
  readonly text: string;
  readonly document: PromptsDocument;
}

/** The first `.prompts` file that names images, in a file's folder or one above it, up to the workspace's own. */
export async function nearestPrompts(file: vscode.Uri): Promise<NearestPrompts | null> {
  const top = vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath ?? path.dirname(file.fsPath);
  for (let folder = path.dirname(file.fsPath); ; folder = path.dirname(folder)) {
    for (const name of await promptsFilesIn(folder)) {
      const found = path.join(folder, name);
      const text = await textOf(found);
      const document = parsePrompts(text);
      if (document.directives.images !== null) return { path: found, text, document };
    }
    if (folder === top || folder === path.dirname(folder)) return null;
  }
}

async function promptsFilesIn(folder: string): Promise<string[]> {
  const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.file(folder)).then(
    found => found,
    () => [],
  );
  return entries
    .filter(([name, type]) => name.endsWith('.prompts') && (type & vscode.FileType.File) !== 0)
    .map(([name]) => name)
    .sort();
}

/** As the editor holds it, else as it stands on disk; empty when it cannot be read. */
async function textOf(file: string): Promise<string> {
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && uri.fsPath === file);
  if (open !== undefined) return open.getText();
  return vscode.workspace.fs.readFile(vscode.Uri.file(file)).then(
    bytes => new TextDecoder().decode(bytes),
    () => '',
  );
}
