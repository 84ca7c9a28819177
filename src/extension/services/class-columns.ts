import path from 'node:path';
import * as vscode from 'vscode';
import { isColumnName } from '../../shared/template/name-syntax';
import { parsePrompts } from '../../shared/template/parse-prompts';

/** Columns of a document's classes file that templates can refer to; none where the folders' names are used. */
export async function classColumns(document: vscode.TextDocument): Promise<string[]> {
  const { classes } = parsePrompts(document.getText()).directives;
  if (classes === 'auto' || document.uri.scheme !== 'file') return [];
  const file = vscode.Uri.file(path.resolve(path.dirname(document.uri.fsPath), classes));
  const text = await vscode.workspace.fs.readFile(file).then(
    bytes => new TextDecoder().decode(bytes),
    () => '',
  );
  const [head = ''] = text.replace(/^\ufeff/, '').split(/\r?\n/, 1);
  return head
    .split(',')
    .map(cell => cell.trim().replace(/^"(.*)"$/, '$1'))
    .filter(name => isColumnName(name) && name !== 'folder' && name !== 'name');
}
