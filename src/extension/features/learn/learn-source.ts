import path from 'node:path';
import * as vscode from 'vscode';
import type { DocumentParams } from '../../../shared/contracts/protocol';
import { CoopError } from '../../../shared/errors';
import { findTemplateLists } from '../../../shared/template/template-lists';
import { activeDocument, lineAtCursor } from '../../services/active-prompts';
import { LANGUAGE } from '../../services/languages';
import { isScored, scoredLines, scoringRequest } from '../../services/scored-lines';

/** What is learned: a line, and the document that says from which images and model. */
export interface LearnSource {
  readonly params: DocumentParams;
  readonly line: string;
  /** The file with the template list that the line stands in; null for a line of a `.prompts` document. */
  readonly list: vscode.Uri | null;
}

/**
 * The template under the cursor, of a `.prompts` document or of a template list in source code.
 * @param named a line, instead of the one under the cursor
 * @throws CoopError `usage` when there is none
 */
export async function learnSource(named: string | undefined): Promise<LearnSource> {
  const editor = vscode.window.activeTextEditor;
  const code = editor?.document;
  if (code !== undefined && code.languageId !== LANGUAGE && isScored(code)) {
    const at = code.offsetAt(editor!.selection.active);
    const found = listedLine(code, named, at);
    if (found !== undefined) return sourceOfList(code, found);
  }
  const document = activeDocument();
  return {
    params: { path: document.uri.fsPath, text: document.getText() },
    line: named ?? lineAtCursor(document),
    list: null,
  };
}

/** @param at offset of the cursor, which counts on the whole line */
function listedLine(
  document: vscode.TextDocument,
  named: string | undefined,
  at: number,
): string | undefined {
  const templates = findTemplateLists(document.getText(), document.languageId).flatMap(
    list => list.templates,
  );
  if (named !== undefined) return templates.find(({ line }) => line === named)?.line;
  const row = document.positionAt(at).line;
  const onRow = templates.filter(
    ({ span }) => document.positionAt(span.start).line <= row && row <= document.positionAt(span.end).line,
  );
  return (onRow.find(({ span }) => span.start <= at && at <= span.end) ?? onRow[0])?.line;
}

async function sourceOfList(document: vscode.TextDocument, line: string): Promise<LearnSource> {
  const params = await scoringRequest(document, scoredLines(document));
  if (params === null)
    throw new CoopError('usage', `Nothing says which images ${path.basename(document.fileName)} is about.`, {
      next: 'Set coop.images and coop.model, or put a .prompts file beside it.',
    });
  return { params, line, list: document.uri };
}
