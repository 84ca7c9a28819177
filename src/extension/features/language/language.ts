import * as vscode from 'vscode';
import { formatTemplate } from '../../../shared/template/format-template';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import { parseTemplate } from '../../../shared/template/parse-template';
import { isPlain, type Problem, type Span } from '../../../shared/template/syntax';
import { LANGUAGE } from '../../services/languages';

export { LANGUAGE };

export function rangeOf(document: vscode.TextDocument, { start, end }: Span): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}

/** Diagnostics, quick fixes, formatting and the outline of `.prompts` documents; all of it works without the engine. */
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
      LANGUAGE,
      { provideCodeActions: (document, range) => [...fixes(document, range), ...learning(document, range)] },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, vscode.CodeActionKind.RefactorRewrite] },
    ),
    vscode.languages.registerDocumentFormattingEditProvider(LANGUAGE, {
      provideDocumentFormattingEdits: format,
    }),
    vscode.languages.registerDocumentSymbolProvider(LANGUAGE, { provideDocumentSymbols: outline }),
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
    action.edit.replace(document.uri, rangeOf(document, fix.span), fix.replace);
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
  if (found === undefined || !isPlain(found)) return [];
  const title = 'Learn a prompt in place of this template';
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.RefactorRewrite);
  action.command = { title, command: 'coop.learn', arguments: [found.line] };
  return [action];
}

/** Formats template lines only; comments, directives and lines with errors stay as they are. */
function format(document: vscode.TextDocument): vscode.TextEdit[] {
  const edits: vscode.TextEdit[] = [];
  for (let at = 0; at < document.lineCount; at++) {
    const { text, range } = document.lineAt(at);
    if (/^\s*([#@]|\)\s*$|$)/.test(text)) continue;
    const { template } = parseTemplate(text);
    if (template === null) continue;
    const indent = /^\s*/.exec(text)![0];
    const formatted = indent + formatTemplate(template);
    if (formatted !== text) edits.push(vscode.TextEdit.replace(range, formatted));
  }
  return edits;
}

function outline(document: vscode.TextDocument): vscode.DocumentSymbol[] {
  const { templates, ensembles } = parsePrompts(document.getText());
  const symbol = (name: string, detail: string, kind: vscode.SymbolKind, span: Span) => {
    const range = rangeOf(document, span);
    return new vscode.DocumentSymbol(name, detail, kind, range, range);
  };
  return [
    ...templates.map(({ line, span }) => symbol(line, '', vscode.SymbolKind.String, span)),
    ...ensembles.map(ensemble => {
      const detail = `${ensemble.templates.length} templates`;
      const parent = symbol(ensemble.name, detail, vscode.SymbolKind.Array, ensemble.span);
      parent.children = ensemble.templates.map(({ line, span }) =>
        symbol(line, '', vscode.SymbolKind.String, span),
      );
      return parent;
    }),
  ];
}
