import path from 'node:path';
import * as vscode from 'vscode';
import { readInputs } from '../../../files/runs/read-run';
import { runFile } from '../../../files/runs/run-file';
import { RUN_FILES } from '../../../shared/contracts/run';
import { CoopError } from '../../../shared/errors';
import { noticeText } from '../../../shared/format/markdown-text';
import { activeDocument } from '../../services/active-prompts';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { contextHead, contextNames, contextUri } from '../../services/learned-contexts';
import { directoriesOf } from '../../services/run-of';

const FORMATS = {
  'safetensors (tensor “ctx”, as CoOp names it)': ['safetensors'],
  'NumPy array': ['npy'],
  'CSV, one vector a line': ['csv'],
  JSON: ['json'],
};

/**
 * Export Context: the learned vectors of a run, or of a context beside the document, as a file for other programs.
 * @param given a run's directory or tree item; then where to write, which is asked for otherwise
 */
export function registerExportContext(engine: EngineClient, log: vscode.LogOutputChannel): vscode.Disposable {
  return registerCommand(log, 'coop.exportContext', async (...given: readonly unknown[]) => {
    const source = (await contextOfRun(given)) ?? (await contextOfDocument());
    if (source === undefined) return undefined;
    const head = await contextHead(source);
    const slot =
      head === null || head.slots.length < 2 ? 1 : await pickSlot(head.slots.length, head.template);
    if (slot === undefined) return undefined;
    const out = given[1] instanceof vscode.Uri ? given[1] : await askWhere(source);
    if (out === undefined) return undefined;
    const { shape } = await engine.request('context/export', { file: source.fsPath, slot, out: out.fsPath });
    const text = `Exported ${shape.join(' × ')} numbers to ${path.basename(out.fsPath)}.`;
    void vscode.window.showInformationMessage(noticeText(text), 'Reveal').then(chosen => {
      if (chosen === 'Reveal') void vscode.commands.executeCommand('revealFileInOS', out);
    });
    return shape;
  });
}

async function contextOfRun(given: readonly unknown[]): Promise<vscode.Uri | undefined> {
  const [directory] = directoriesOf(given.slice(0, 1));
  if (directory === undefined) return undefined;
  const { recipe, name } = await readInputs(directory);
  if (recipe.method === 'words')
    throw new CoopError('usage', `The run “${name}” has learned words: its line is all there is of it.`, {
      next: 'Apply it, or copy the line.',
    });
  const file = vscode.Uri.file(runFile(directory, 'context'));
  await vscode.workspace.fs.stat(file).then(undefined, cause => {
    throw new CoopError('context.missing', `The run in ${directory} has learned nothing yet.`, {
      subject: directory,
      next: 'Wait until it is done, or resume it.',
      cause,
    });
  });
  return file;
}

async function contextOfDocument(): Promise<vscode.Uri | undefined> {
  const document = activeDocument();
  const names = await contextNames(document.uri);
  if (names.length === 0)
    throw new CoopError('context.missing', 'There is no learned context beside this document.', {
      next: 'Learn a prompt and apply it, or export from the view “Runs”.',
    });
  const name = await vscode.window.showQuickPick(names, { title: 'Learned context to export' });
  return name === undefined ? undefined : contextUri(document.uri, name);
}

async function pickSlot(slots: number, template: string): Promise<number | undefined> {
  const rows = Array.from({ length: slots }, (_, at) => ({ label: `Slot ${at + 1}`, slot: at + 1 }));
  return (await vscode.window.showQuickPick(rows, { title: `Which slot of ${template}` }))?.slot;
}

function askWhere(source: vscode.Uri): Thenable<vscode.Uri | undefined> {
  const folder = path.dirname(source.fsPath);
  const name = source.path.endsWith(`/${RUN_FILES.context}`)
    ? path.basename(folder)
    : path.basename(source.fsPath, '.safetensors');
  return vscode.window.showSaveDialog({
    title: 'Export the learned vectors',
    defaultUri: vscode.Uri.file(path.join(folder, `${name}.npy`)),
    filters: FORMATS,
  });
}
