import path from 'node:path';
import * as vscode from 'vscode';
import { parsePrompts } from '../../shared/template/parse-prompts';

/** Puts a value after a directive, in place of what stands there or below the other settings, as one edit that Undo takes back. */
export async function writeDirective(
  document: vscode.TextDocument,
  directive: string,
  value: string,
): Promise<void> {
  const { spans } = parsePrompts(document.getText()).directives;
  const span = spans[directive];
  const edit = new vscode.WorkspaceEdit();
  const text = `@${directive} ${value}`;
  if (span === undefined) {
    const ends = Object.values(spans).map(({ end }) => end);
    if (ends.length > 0) {
      const { range } = document.lineAt(document.positionAt(Math.max(...ends)).line);
      edit.insert(document.uri, range.end, `\n${text}`);
    } else edit.insert(document.uri, new vscode.Position(0, 0), `${text}\n`);
  } else
    edit.replace(
      document.uri,
      new vscode.Range(document.positionAt(span.start), document.positionAt(span.end)),
      text,
    );
  await vscode.workspace.applyEdit(edit);
}

/** A path as a directive writes it: relative to the document’s folder, with forward slashes. */
export function relativePath(documentFolder: string, target: string): string {
  const relative = path.relative(documentFolder, target).replaceAll('\\', '/');
  if (relative === '') return '.';
  return path.isAbsolute(relative) || relative.startsWith('.') ? relative : `./${relative}`;
}
