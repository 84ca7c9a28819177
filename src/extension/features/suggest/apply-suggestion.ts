import * as vscode from 'vscode';
import { CoopError } from '../../../shared/errors';
import { withTemplate } from '../../../shared/template/learned-literal';
import { linesOf, parsePrompts } from '../../../shared/template/parse-prompts';
import { findTemplateLists } from '../../../shared/template/template-lists';
import { LANGUAGE } from '../../services/languages';

/**
 * Puts a line, or several as an ensemble, in the place of another, as one edit that Undo takes back.
 * @throws CoopError `template.syntax` where the line is no longer there
 */
export async function applySuggestion(
  document: vscode.TextDocument,
  replaces: string,
  lines: readonly string[],
): Promise<void> {
  const text = document.getText();
  const place =
    document.languageId === LANGUAGE
      ? placeOf(text, replaces, lines)
      : placeInList(document, replaces, lines);
  if (place === undefined)
    throw new CoopError('template.syntax', `“${replaces}” is no longer in ${document.fileName}.`, {
      subject: document.fileName,
      next: `Write “${lines[0]!}” yourself, or run the command again.`,
    });
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(place.start), document.positionAt(place.end));
  edit.replace(document.uri, range, place.text);
  await vscode.workspace.applyEdit(edit);
  await vscode.window.showTextDocument(document);
}

function placeOf(text: string, replaces: string, lines: readonly string[]) {
  const found = linesOf(text).find(({ line }) => line.trim() === replaces);
  if (found === undefined) return undefined;
  const start = found.start + found.line.indexOf(replaces);
  const { ensembles } = parsePrompts(text);
  const inside = ensembles.some(({ span }) => span.start <= start && start < span.end);
  return { start, end: start + replaces.length, text: inside ? lines.join('\n') : blockOf(lines, text) };
}

/** One line as it is; several as an ensemble whose name is free. */
function blockOf(lines: readonly string[], text: string): string {
  if (lines.length === 1) return lines[0]!;
  const taken = new Set(parsePrompts(text).ensembles.map(({ name }) => name));
  let name = 'suggested';
  for (let number = 2; taken.has(name); number++) name = `suggested-${number}`;
  return [`@ensemble ${name} (`, ...lines.map(line => `  ${line}`), ')'].join('\n');
}

function placeInList(document: vscode.TextDocument, replaces: string, lines: readonly string[]) {
  const text = document.getText();
  const span = findTemplateLists(text, document.languageId)
    .flatMap(({ templates }) => templates)
    .find(({ line }) => line === replaces)?.span;
  if (span === undefined) return undefined;
  const literal = text.slice(span.start, span.end);
  return { ...span, text: lines.map(line => withTemplate(literal, line)).join(', ') };
}
