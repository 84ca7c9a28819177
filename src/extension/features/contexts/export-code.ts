import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import { coopFolder } from '../../../files/coop-folder';
import { refuseLinks } from '../../../files/disk/refuse-links';
import { CoopError } from '../../../shared/errors';
import { exportEnding } from '../../../shared/snippets/snippet';
import { LIBRARIES, type Library } from '../../../shared/snippets/snippet-facts';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import { shownDocument } from '../../services/active-prompts';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { nearestPrompts } from '../../services/nearest-prompts';
import { directoriesOf, runOf } from '../../services/run-of';
import type { RunWatcher } from '../../services/run-watcher';
import { thresholdFor } from '../../services/threshold';
import { relativePath } from '../../services/write-directive';

interface Source {
  readonly document: vscode.TextDocument;
  readonly line: string;
}

const LANGUAGES: Readonly<Record<Library, string>> = {
  open_clip: 'python',
  transformers: 'python',
  'transformers.js': 'javascript',
  onnxruntime: 'python',
};

/**
 * Export Code: a learned prompt as a file, and code that classifies with it. In a code editor the code goes where the
 * cursor is; else into a document of its own.
 * @param given a run's directory or tree item; then the library, which is asked for otherwise
 */
export function registerExportCode(
  engine: EngineClient,
  watcher: RunWatcher,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return registerCommand(log, 'coop.exportCode', async (...given: readonly unknown[]) => {
    const ofRun = directoriesOf(given.slice(0, 1)).length > 0;
    const editor = ofRun ? undefined : codeEditor();
    const source = ofRun ? await sourceOfRun(engine, watcher, given) : await sourceNear(editor?.document);
    const library = LIBRARIES.find(each => each === given[1]) ?? (await pickLibrary(editor));
    if (source === undefined || library === undefined) return undefined;
    const { document, line } = source;
    const folder = path.dirname(document.uri.fsPath);
    const out = path.join(coopFolder(folder, 'exports'), nameOf(line) + exportEnding(library));
    const folders = [path.dirname(path.dirname(out)), path.dirname(out)];
    await refuseLinks([...folders, out]);
    await vscode.workspace.fs.createDirectory(vscode.Uri.file(path.dirname(out)));
    const from = editor === undefined ? folder : path.dirname(editor.document.uri.fsPath);
    const { code } = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: 'CoOp: exporting the prompt',
        cancellable: true,
      },
      (_, token) =>
        engine.request(
          'prompt/export',
          {
            path: document.uri.fsPath,
            text: document.getText(),
            line,
            out,
            library,
            shownAs: relativePath(from, out),
            ...thresholdFor(document.uri),
            job: randomUUID(),
          },
          token,
        ),
    );
    await insert(editor, library, code!);
    return code;
  });
}

/** The active editor, when it is one of a language that there is code for. */
function codeEditor(): vscode.TextEditor | undefined {
  const editor = vscode.window.activeTextEditor;
  return editor !== undefined && librariesFor(editor).length > 0 ? editor : undefined;
}

function librariesFor({ document: { languageId, uri } }: vscode.TextEditor): readonly Library[] {
  if (uri.scheme !== 'file') return [];
  const language = languageId.replace(/^typescript(react)?$|^javascriptreact$/, 'javascript');
  return LIBRARIES.filter(library => LANGUAGES[library] === language);
}

async function sourceOfRun(
  engine: EngineClient,
  watcher: RunWatcher,
  given: readonly unknown[],
): Promise<Source> {
  const run = await runOf(watcher, given, ({ status }) => status === 'done', 'No run has ended yet.');
  const { line } = await engine.request('run/storeContext', { directory: run.directory });
  return { document: await vscode.workspace.openTextDocument(run.inputs.document.path), line };
}

/** A line with a learned context, of the document that is shown or the nearest one. */
async function sourceNear(code: vscode.TextDocument | undefined): Promise<Source | undefined> {
  const nearest = code === undefined ? null : await nearestPrompts(code.uri);
  const document = nearest === null ? shownDocument() : await vscode.workspace.openTextDocument(nearest.path);
  const lines = parsePrompts(document?.getText() ?? '')
    .templates.filter(({ segments }) => segments.some(({ kind }) => kind === 'learned'))
    .map(({ line }) => line);
  if (document === undefined || lines.length === 0)
    throw new CoopError('context.missing', 'There is no learned line in a .prompts document here.', {
      next: 'Learn a prompt and apply it, or export from the view “Runs”.',
    });
  const line =
    lines.length === 1
      ? lines[0]
      : await vscode.window.showQuickPick(lines, { title: 'Learned line to export' });
  return line === undefined ? undefined : { document, line };
}

async function pickLibrary(editor: vscode.TextEditor | undefined): Promise<Library | undefined> {
  const libraries = editor === undefined ? LIBRARIES : librariesFor(editor);
  if (libraries.length === 1) return libraries[0];
  const rows = libraries.map(library => ({ label: library, description: LANGUAGES[library], library }));
  return (await vscode.window.showQuickPick(rows, { title: 'Library to write code for' }))?.library;
}

/** The first context that a line refers to. */
function nameOf(line: string): string {
  const segments = parsePrompts(line).templates.flatMap(template => template.segments);
  return segments.find(segment => segment.kind === 'learned')?.name ?? 'prompt';
}

async function insert(editor: vscode.TextEditor | undefined, library: Library, code: string): Promise<void> {
  if (editor === undefined) {
    const document = await vscode.workspace.openTextDocument({ language: LANGUAGES[library], content: code });
    await vscode.window.showTextDocument(document);
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  edit.replace(editor.document.uri, editor.selection, code);
  await vscode.workspace.applyEdit(edit);
  await vscode.window.showTextDocument(editor.document, editor.viewColumn);
}
