import * as vscode from 'vscode';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import { isPlain } from '../../../shared/template/syntax';
import { LANGUAGE, rangeOf } from '../language/language';

/** Actions at the head of a document and on the lines that can be learned. */
export function registerLenses(): vscode.Disposable {
  return vscode.languages.registerCodeLensProvider(LANGUAGE, {
    provideCodeLenses(document) {
      const head = new vscode.Range(0, 0, 0, 0);
      const lenses = [
        new vscode.CodeLens(head, { title: '$(search) Scan images', command: 'coop.scan' }),
        new vscode.CodeLens(head, { title: '$(refresh) Score all', command: 'coop.score' }),
      ];
      for (const template of parsePrompts(document.getText()).templates) {
        if (isPlain(template)) continue;
        lenses.push(
          new vscode.CodeLens(rangeOf(document, template.span), {
            title: '$(sparkle) Learn Prompt',
            command: 'coop.learn',
            arguments: [template.line],
          }),
        );
      }
      return lenses;
    },
  });
}
