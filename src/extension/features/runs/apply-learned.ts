import * as vscode from 'vscode';
import type { RunSummary } from '../../../shared/contracts/run';
import { learnedLineEdit } from '../../../shared/template/learned-line-edit';
import type { EngineClient } from '../../services/engine-client';

/** Puts a run's learned line into its document, as one edit that Undo takes back. */
export async function applyLearned(engine: EngineClient, run: RunSummary): Promise<void> {
  const uri = vscode.Uri.file(run.inputs.document.path);
  const document = await vscode.workspace.openTextDocument(uri);
  const { start, end, text } = learnedLineEdit(document.getText(), run.inputs);
  await engine.request('run/apply', { directory: run.directory });
  const edit = new vscode.WorkspaceEdit();
  edit.replace(uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), text);
  await vscode.workspace.applyEdit(edit);
  const shown = vscode.window.visibleTextEditors.find(editor => editor.document === document);
  await vscode.window.showTextDocument(document, shown?.viewColumn);
}
