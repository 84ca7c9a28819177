import path from 'node:path';
import * as vscode from 'vscode';
import type { ErrorCode } from '../../../shared/errors';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import { commandLink, registerCommand } from '../../services/commands';
import { LANGUAGE } from '../../services/languages';
import { pickFolder } from '../../services/pick-folder';
import type { ScoreStore } from '../../services/score-store';
import { relativePath, writeDirective } from '../../services/write-directive';
import { downloadTitle, missingHubModel } from '../models/missing-model';
import { rangeOf } from './language';

/** What keeps a whole document from being scored (no model, no images …), as a problem on the directive that names it. */
export function registerScoringProblems(scores: ScoreStore, log: vscode.LogOutputChannel): vscode.Disposable {
  const diagnostics = vscode.languages.createDiagnosticCollection(`${LANGUAGE} scoring`);
  return vscode.Disposable.from(
    diagnostics,
    scores.onChange(uri => {
      const document = vscode.workspace.textDocuments.find(
        candidate => candidate.uri.toString() === uri.toString(),
      );
      if (document?.languageId !== LANGUAGE) diagnostics.delete(uri);
      else diagnostics.set(uri, diagnosticsOf(document, scores));
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => diagnostics.delete(uri)),
    vscode.languages.registerCodeActionsProvider(
      LANGUAGE,
      {
        provideCodeActions: (document, range) =>
          (diagnostics.get(document.uri) ?? [])
            .filter(({ code, range: place }) => code !== undefined && place.intersection(range) !== undefined)
            .flatMap(diagnostic => [
              ...downloadOf(document, diagnostic, scores),
              ...fixOf(document, diagnostic),
            ]),
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
    registerCommand(log, 'coop.chooseFolder', chooseFolder),
  );
}

function diagnosticsOf(document: vscode.TextDocument, scores: ScoreStore): vscode.Diagnostic[] {
  const { directives } = parsePrompts(document.getText());
  const at = (directive: string) => {
    const span = directives.spans[directive];
    return span === undefined ? document.lineAt(0).range : rangeOf(document, span);
  };
  const problem = scores.problemOf(document.uri);
  if (problem === null) {
    return scores.warningsOf(document.uri).map(message => {
      const found = new vscode.Diagnostic(at('images'), message, vscode.DiagnosticSeverity.Warning);
      found.source = 'CoOp';
      return found;
    });
  }
  const ofClasses =
    problem.code === 'file.access' &&
    path.basename(problem.subject ?? '') === path.basename(directives.classes);
  const code = ofClasses ? 'classes.invalid' : problem.code;
  const diagnostic = new vscode.Diagnostic(
    at(directiveOf(code)),
    `${problem.message} ${problem.next ?? ''}`.trimEnd(),
  );
  diagnostic.source = 'CoOp';
  diagnostic.code = code;
  return [diagnostic];
}

/** First of all, a model of the hub that is not here can be downloaded. */
function downloadOf(
  document: vscode.TextDocument,
  diagnostic: vscode.Diagnostic,
  scores: ScoreStore,
): vscode.CodeAction[] {
  const id = diagnostic.code === 'model.missing' ? missingHubModel(document, scores) : null;
  if (id === null) return [];
  const action = new vscode.CodeAction(downloadTitle(id), vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  action.command = commandLink('coop.pullModel', action.title, id);
  return [action];
}

/** Values that always work; a folder is asked for, since only its owner knows it. */
function fixOf(document: vscode.TextDocument, diagnostic: vscode.Diagnostic): vscode.CodeAction[] {
  const directive = directiveOf(diagnostic.code as ErrorCode);
  if (directive === '' || document.uri.scheme !== 'file') return [];
  const usual = { classes: '@classes auto', split: '@split shots 16 seed 1' };
  const replace = Object.entries(usual).find(([name]) => name === directive)?.[1];
  const title =
    replace === undefined
      ? `Choose the ${directive === 'images' ? 'image' : 'model’s'} folder …`
      : `Replace by ${replace}`;
  if (replace === document.getText(diagnostic.range)) return [];
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  if (replace === undefined) {
    action.command = commandLink('coop.chooseFolder', title, document.uri, directive);
  } else {
    action.edit = new vscode.WorkspaceEdit();
    action.edit.replace(document.uri, diagnostic.range, replace);
  }
  if (directive !== 'model') return [action];
  const select = new vscode.CodeAction('Select a model …', vscode.CodeActionKind.QuickFix);
  select.diagnostics = [diagnostic];
  select.command = commandLink('coop.selectModel', select.title);
  return [select, action];
}

/** Asks for the folder that a directive names, and writes it there, relative to the document. */
async function chooseFolder(uri: vscode.Uri, directive: string, given?: vscode.Uri): Promise<void> {
  const chosen =
    given ?? (await pickFolder('Use this folder', { defaultUri: vscode.Uri.joinPath(uri, '..') }));
  if (chosen === undefined) return;
  const document = await vscode.workspace.openTextDocument(uri);
  await writeDirective(document, directive, relativePath(path.dirname(uri.fsPath), chosen.fsPath));
}

/** The directive whose value an error is about. */
function directiveOf(code: ErrorCode): string {
  if (/^(model|tokenizer)\./.test(code)) return 'model';
  if (code === 'classes.invalid') return 'classes';
  // No class, or one: it is the image folder that has too few.
  if (/^(images?|manifest|classes)\./.test(code)) return 'images';
  return code.startsWith('split.') ? 'split' : '';
}
