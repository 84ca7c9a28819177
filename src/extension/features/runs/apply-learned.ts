import * as vscode from 'vscode';
import type { RunSummary } from '../../../shared/contracts/run';
import { CoopError } from '../../../shared/errors';
import { linesOf } from '../../../shared/template/parse-prompts';
import type { EngineClient } from '../../services/engine-client';

/** Puts a run's learned line in the place of the one it was learned for, as one edit that Undo takes back. */
export async function applyLearned(engine: EngineClient, run: RunSummary): Promise<void> {
  const uri = vscode.Uri.file(run.inputs.document.path);
  const document = await vscode.workspace.openTextDocument(uri);
  const { replaces } = run.inputs;
  const place = linesOf(document.getText()).find(({ line }) => line.trim() === replaces);
  if (place === undefined) {
    throw new CoopError('template.syntax', `The line “${replaces}” is no longer in ${document.fileName}.`, {
      next: 'Put it back and apply again.',
    });
  }
  const { line } = await engine.request('run/apply', { directory: run.directory });
  const start = place.start + place.line.indexOf(replaces);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(
    uri,
    new vscode.Range(document.positionAt(start), document.positionAt(start + replaces.length)),
    line,
  );
  await vscode.workspace.applyEdit(edit);
  const shown = vscode.window.visibleTextEditors.find(editor => editor.document === document);
  await vscode.window.showTextDocument(document, shown?.viewColumn);
}
