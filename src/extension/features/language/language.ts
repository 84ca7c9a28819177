import * as vscode from 'vscode';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import { isPlain, type Problem, type Span } from '../../../shared/template/syntax';
import { findTemplateLists } from '../../../shared/template/template-lists';
import { commandLink } from '../../services/commands';
import { LANGUAGE, SCORED } from '../../services/languages';

export function rangeOf(document: vscode.TextDocument, { start, end }: Span): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}

/** Diagnostics and quick fixes of `.prompts` documents; all of it works without the engine. */
export function registerLanguage(): vscode.Disposable {
  const diagnostics = vscode.languages.createDiagnosticCollection(LANGUAGE);
  const check = (document: vscode.TextDocument) => {
    if (document.languageId !== LANGUAGE) return;
    diagnostics.set(
      document.uri,
      parsePrompts(document.getText()).problems.map(problem => toDiagnostic(document, problem)),
    );
  };
  for (const document of vscode.workspace.textDocuments) check(document);
  return vscode.Disposable.from(
    diagnostics,
    vscode.workspace.onDidOpenTextDocument(check),
    vscode.workspace.onDidChangeTextDocument(({ document }) => check(document)),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => diagnostics.delete(uri)),
    vscode.languages.registerCodeActionsProvider(
      SCORED,
      {
        provideCodeActions: (document, range) =>
          document.languageId === LANGUAGE ? [] : learningOfList(document, range),
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.RefactorRewrite] },
    ),
    vscode.languages.registerCodeActionsProvider(
      LANGUAGE,
      { provideCodeActions: (document, range) => [...fixes(document, range), ...learning(document, range)] },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, vscode.CodeActionKind.RefactorRewrite] },
    ),
  );
}

function toDiagnostic(document: vscode.TextDocument, problem: Problem): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(
    rangeOf(document, problem.span),
    `${problem.message} ${problem.next}`,
    problem.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning,
  );
  diagnostic.source = 'CoOp';
  return diagnostic;
}

function fixes(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
  return parsePrompts(document.getText()).problems.flatMap(problem => {
    const { fix } = problem;
    if (fix === undefined || rangeOf(document, problem.span).intersection(range) === undefined) return [];
    const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
    action.edit = new vscode.WorkspaceEdit();
    for (const { span, replace } of [fix, ...(fix.also ?? [])])
      action.edit.replace(document.uri, rangeOf(document, span), replace);
    action.diagnostics = [toDiagnostic(document, problem)];
    action.isPreferred = true;
    return [action];
  });
}

/** On a plain line, its light bulb offers to learn one in its place. */
function learning(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
  if (document.uri.scheme !== 'file' || !vscode.workspace.isTrusted) return [];
  const { templates } = parsePrompts(document.getText());
  const found = templates.find(({ span }) => rangeOf(document, span).intersection(range) !== undefined);
  return found === undefined || !isPlain(found) ? [] : [learnAction(found.line)];
}

/** The same on a template of a list in source code. */
function learningOfList(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
  if (!vscode.workspace.isTrusted) return [];
  const templates = findTemplateLists(document.getText(), document.languageId).flatMap(
    list => list.templates,
  );
  const found = templates.find(({ span }) => rangeOf(document, span).intersection(range) !== undefined);
  return found === undefined ? [] : [learnAction(found.line)];
}

function learnAction(line: string): vscode.CodeAction {
  const title = 'Learn a prompt in place of this template';
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.RefactorRewrite);
  action.command = commandLink('coop.learn', title, line);
  return action;
}
