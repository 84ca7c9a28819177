import type * as vscode from 'vscode';
import { listLanguages } from '../../shared/template/template-lists';

/** The language of `.prompts` documents. */
export const LANGUAGE = 'clip-prompts';

/** Documents beside whose templates an accuracy can stand. */
export const SCORED: vscode.DocumentSelector = [
  LANGUAGE,
  ...listLanguages.flatMap(language =>
    ['file', 'vscode-notebook-cell'].map(scheme => ({ language, scheme })),
  ),
];
