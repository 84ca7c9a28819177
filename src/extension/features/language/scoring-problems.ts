import * as vscode from 'vscode';
import type { ErrorCode } from '../../../shared/errors';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import type { ScoreStore } from '../../services/score-store';
import { LANGUAGE, rangeOf } from './language';

/** What keeps a whole document from being scored (no model, no images …), as a problem on the directive that names it. */
export function registerScoringProblems(scores: ScoreStore): vscode.Disposable {
  const diagnostics = vscode.languages.createDiagnosticCollection(`${LANGUAGE} scoring`);
  return vscode.Disposable.from(
    diagnostics,
    scores.onChange(uri => {
      const document = vscode.workspace.textDocuments.find(
        candidate => candidate.uri.toString() === uri.toString(),
      );
      const problem = scores.problemOf(uri);
      if (document?.languageId !== LANGUAGE || problem === null) {
        diagnostics.delete(uri);
        return;
      }
      const { directives } = parsePrompts(document.getText());
      const span = directives.spans[directiveOf(problem.code)];
      const range = span === undefined ? document.lineAt(0).range : rangeOf(document, span);
      const diagnostic = new vscode.Diagnostic(range, `${problem.message} ${problem.next ?? ''}`.trimEnd());
      diagnostic.source = 'CoOp';
      diagnostic.code = problem.code;
      diagnostics.set(uri, [diagnostic]);
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => diagnostics.delete(uri)),
  );
}

/** The directive whose value an error is about. */
function directiveOf(code: ErrorCode): string {
  if (/^(model|tokenizer)\./.test(code)) return 'model';
  if (code === 'classes.invalid') return 'classes';
  // No class, or one: it is the image folder that has too few.
  if (/^(images?|manifest|classes)\./.test(code)) return 'images';
  return code.startsWith('split.') ? 'split' : '';
}
