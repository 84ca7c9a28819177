import path from 'node:path';
import * as vscode from 'vscode';
import { CoopError } from '../../shared/errors';
import { parsePrompts } from '../../shared/template/parse-prompts';
import { LANGUAGE } from './languages';

/** The `.prompts` document that commands work on; undefined when none is shown. */
export function shownDocument(): vscode.TextDocument | undefined {
  const active = vscode.window.activeTextEditor?.document;
  if (active?.languageId === LANGUAGE) return active;
  return vscode.window.visibleTextEditors.find(({ document }) => document.languageId === LANGUAGE)?.document;
}

/** @throws CoopError `usage` when there is none, or one that no file stands behind */
export function activeDocument(): vscode.TextDocument {
  const document = shownDocument();
  if (document === undefined)
    throw new CoopError('usage', 'No .prompts document is open.', {
      next: 'Open one, or run “CoOp: Open Sample”.',
    });
  if (document.uri.scheme !== 'file')
    throw new CoopError('usage', `${path.basename(document.fileName)} is not a file on this computer yet.`, {
      next: 'Save it beside its images and run the command again.',
    });
  return document;
}

/** The template under the cursor of a document. @throws CoopError `usage` when there is none */
export function lineAtCursor(document: vscode.TextDocument): string {
  const { activeTextEditor: active, visibleTextEditors } = vscode.window;
  // A document may stand in several editors; the cursor meant is the one that was moved last.
  const editor =
    active?.document === document
      ? active
      : visibleTextEditors.find(candidate => candidate.document === document);
  const row = editor?.selection.active.line ?? 0;
  const { templates } = parsePrompts(document.getText());
  const found = templates.find(({ span }) => document.positionAt(span.start).line === row);
  if (found !== undefined) return found.line;
  const name = path.basename(document.fileName);
  throw new CoopError('usage', `There is no template on line ${row + 1} of ${name}.`, {
    next: 'Put the cursor on a template and run the command again.',
  });
}
