import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { contextFile } from '../../files/coop-folder';
import { NAME } from '../../shared/template/name-syntax';

const WRITTEN = new RegExp(`\\\\<(${NAME.source})(\\.\\d+)?>`, 'gu');

/**
 * A template of source code, in which `<name>` is text unless a learned context of that name lies beside the file or above
 * it: then it is the applied line of a run.
 */
export function withLearnedContexts(line: string, file: vscode.Uri): string {
  return line.replace(WRITTEN, (written, name: string, slot: string | undefined) =>
    isLearned(name, file) ? `<${name}${slot ?? ''}>` : written,
  );
}

function isLearned(name: string, file: vscode.Uri): boolean {
  const top = vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath ?? path.dirname(file.fsPath);
  for (let folder = path.dirname(file.fsPath); ; folder = path.dirname(folder)) {
    if (existsSync(contextFile(folder, name))) return true;
    if (folder === top || folder === path.dirname(folder)) return false;
  }
}
