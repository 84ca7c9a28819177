import * as vscode from 'vscode';
import { learnedEnsemble, learnedLine } from '../../../files/runs/learned-line';
import type { RunSummary } from '../../../shared/contracts/run';
import { CoopError } from '../../../shared/errors';
import { visibleText } from '../../../shared/format/visible-text';
import { learnedLineEdit } from '../../../shared/template/learned-line-edit';
import { withTemplate } from '../../../shared/template/learned-literal';
import { findTemplateLists } from '../../../shared/template/template-lists';
import type { EngineClient } from '../../services/engine-client';

/**
 * Puts a run's learned line into its document, as one edit that Undo takes back.
 * @param list the file of the template list that it was learned from; undefined for a line of a `.prompts` document
 */
export async function applyLearned(
  engine: EngineClient,
  run: RunSummary,
  list: vscode.Uri | undefined,
): Promise<void> {
  const document = await vscode.workspace.openTextDocument(list ?? vscode.Uri.file(run.inputs.document.path));
  const line = list === undefined ? await lineOrEnsemble(run) : await learnedLine(run.directory, run.inputs);
  if (line === undefined) return;
  const { start, end, text } =
    list === undefined
      ? learnedLineEdit(document.getText(), run.inputs, line)
      : editOfList(document, run.inputs.replaces, line);
  await engine.request('run/storeContext', { directory: run.directory });
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), text);
  await vscode.workspace.applyEdit(edit);
  const shown = vscode.window.visibleTextEditors.find(editor => editor.document === document);
  await vscode.window.showTextDocument(document, shown?.viewColumn);
}

/** Of words a run has found several lines: the best of them, or all as an ensemble; undefined where neither is chosen. */
async function lineOrEnsemble({ directory, inputs }: RunSummary): Promise<string | undefined> {
  const line = await learnedLine(directory, inputs);
  if (inputs.recipe.method !== 'words') return line;
  const ensemble = await learnedEnsemble(directory, inputs);
  const members = ensemble.split('\n').length - 2;
  if (members < 2) return line;
  const chosen = await vscode.window.showQuickPick(
    [
      { label: visibleText(line), description: 'the best on dev images', text: line },
      {
        label: `$(layers) Ensemble of the ${members} lines found`,
        description: 'their text features averaged',
        text: ensemble,
      },
    ],
    { title: `Apply ${inputs.name}` },
  );
  return chosen?.text;
}

function editOfList(document: vscode.TextDocument, replaces: string, line: string) {
  const text = document.getText();
  const lists = findTemplateLists(text, document.languageId);
  const span = lists.flatMap(({ templates }) => templates).find(each => each.line === replaces)?.span;
  if (span === undefined)
    throw new CoopError('template.syntax', `“${replaces}” is no longer in ${document.fileName}.`, {
      subject: document.fileName,
      next: `Put it back and apply again, or write “${line}” yourself.`,
    });
  return { ...span, text: withTemplate(text.slice(span.start, span.end), line) };
}
