import type * as vscode from 'vscode';
import { allTemplates } from '../../../shared/template/all-templates';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import type { Segment } from '../../../shared/template/syntax';
import { rangeOf } from './language';

/** `<name>` or `<name.2>` in a template. */
export type LearnedReference = Extract<Segment, { readonly kind: 'learned' }>;

export function learnedReferences(document: vscode.TextDocument): LearnedReference[] {
  return allTemplates(parsePrompts(document.getText()))
    .flatMap(({ segments }) => segments)
    .filter(segment => segment.kind === 'learned');
}

export function learnedReferenceAt(
  document: vscode.TextDocument,
  position: vscode.Position,
): LearnedReference | undefined {
  return learnedReferences(document).find(({ span }) => rangeOf(document, span).contains(position));
}
