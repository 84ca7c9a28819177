import * as vscode from 'vscode';
import type { ErrorData } from '../../../shared/errors';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import type { Segment } from '../../../shared/template/syntax';
import { classColumns } from '../../services/class-columns';
import { LANGUAGE } from '../../services/languages';
import { contextNames } from '../../services/learned-contexts';
import type { ScoreStore } from '../../services/score-store';
import { scoredLines } from '../../services/scored-lines';
import { rangeOf } from './language';

/** What only scoring can know of a line (its length in tokens, columns, contexts), as a problem on the line. */
export function registerLineProblems(scores: ScoreStore): vscode.Disposable {
  const diagnostics = vscode.languages.createDiagnosticCollection(`${LANGUAGE} lines`);
  const check = (document: vscode.TextDocument) => {
    if (document.languageId !== LANGUAGE) return;
    diagnostics.set(
      document.uri,
      problemsOf(document, scores).map(({ diagnostic }) => diagnostic),
    );
  };
  return vscode.Disposable.from(
    diagnostics,
    scores.onChange(uri => {
      const document = vscode.workspace.textDocuments.find(each => each.uri.toString() === uri.toString());
      if (document !== undefined) check(document);
    }),
    // A line that was edited or removed takes its problem along.
    vscode.workspace.onDidChangeTextDocument(({ document }) => check(document)),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => diagnostics.delete(uri)),
    vscode.languages.registerCodeActionsProvider(
      LANGUAGE,
      {
        provideCodeActions: async (document, range) => {
          const here = problemsOf(document, scores).filter(each => each.diagnostic.range.intersection(range));
          return (await Promise.all(here.map(each => fixesOf(document, each)))).flat();
        },
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  );
}

interface LineProblem {
  readonly diagnostic: vscode.Diagnostic;
  readonly error: ErrorData;
}

function problemsOf(document: vscode.TextDocument, scores: ScoreStore): LineProblem[] {
  // What is wrong with the whole document stands on the directive that says it.
  if (scores.problemOf(document.uri) !== null) return [];
  return scoredLines(document).flatMap(({ line, at }) => {
    const state = scores.stateOf(document.uri, line);
    if (state?.kind !== 'scored' || state.score.result.ok) return [];
    const { error } = state.score.result;
    const { code, message, next = '' } = error;
    const {
      text,
      range,
      firstNonWhitespaceCharacterIndex: first,
    } = document.lineAt(document.positionAt(at).line);
    const place = new vscode.Range(
      range.start.translate(0, first),
      range.start.translate(0, text.trimEnd().length),
    );
    const diagnostic = new vscode.Diagnostic(place, `${message} ${next}`.trimEnd());
    diagnostic.source = 'CoOp';
    diagnostic.code = code;
    return [{ diagnostic, error }];
  });
}

/** Names that are there in place of one that is not; and, since a line may be kept for later, a comment. */
async function fixesOf(
  document: vscode.TextDocument,
  { diagnostic, error }: LineProblem,
): Promise<vscode.CodeAction[]> {
  const fix = (title: string, range: vscode.Range, text: string) => {
    const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
    action.diagnostics = [diagnostic];
    action.edit = new vscode.WorkspaceEdit();
    action.edit.replace(document.uri, range, text);
    return action;
  };
  const { start } = diagnostic.range;
  const comment = fix('Make the line a comment', new vscode.Range(start, start), '# ');
  const segment = segmentOf(document, diagnostic.range, error);
  if (segment === undefined) return [comment];
  const known = segment.kind === 'column' ? await classColumns(document) : await contextNames(document.uri);
  const written = (name: string) => (segment.kind === 'column' ? `{${name}}` : `<${name}>`);
  const range = rangeOf(document, segment.span);
  return [...known.map(name => fix(`Replace by ${written(name)}`, range, written(name))), comment];
}

/** The slot that an error is about. */
function segmentOf(
  document: vscode.TextDocument,
  range: vscode.Range,
  { code, subject }: ErrorData,
): Extract<Segment, { readonly kind: 'column' | 'learned' }> | undefined {
  const kind = code === 'template.column' ? 'column' : code === 'context.missing' ? 'learned' : null;
  return parsePrompts(document.getText())
    .templates.filter(({ span }) => rangeOf(document, span).intersection(range) !== undefined)
    .flatMap(({ segments }) => segments)
    .filter(segment => segment.kind === 'column' || segment.kind === 'learned')
    .find(segment => segment.kind === kind && segment.name === subject);
}
