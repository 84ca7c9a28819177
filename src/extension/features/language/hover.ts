import * as vscode from 'vscode';
import { counted } from '../../../shared/format/count';
import { markdownText } from '../../../shared/format/markdown-text';
import { percent } from '../../../shared/format/percent';
import { allTemplates } from '../../../shared/template/all-templates';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import { LANGUAGE } from '../../services/languages';
import { contextHead, contextUri } from '../../services/learned-contexts';
import type { ScoreStore } from '../../services/score-store';
import { scoredLines } from '../../services/scored-lines';
import { scoreMarkdown } from '../hints/score-markdown';
import { DIRECTIVES } from './entries';
import { learnedReferenceAt } from './learned-references';

/** A template's score, a learned context's origin, and what a slot or a directive means. */
export function registerHover(scores: ScoreStore): vscode.Disposable {
  return vscode.languages.registerHoverProvider(LANGUAGE, {
    async provideHover(document, position) {
      const context = await contextHover(document, position);
      const directive = directiveHover(document, position);
      const line = scoredLines(document).find(({ at }) => document.positionAt(at).line === position.line);
      const state = line === undefined ? undefined : scores.stateOf(document.uri, line.line);
      const contents = [
        context,
        directive,
        slotHover(document, position),
        state === undefined ? null : scoreMarkdown(state, scores.progressOf(document.uri) ?? null),
      ];
      const shown = contents.filter(content => content !== null);
      return shown.length === 0 ? null : new vscode.Hover(shown);
    },
  });
}

function directiveHover(
  document: vscode.TextDocument,
  { line }: vscode.Position,
): vscode.MarkdownString | null {
  const name = /^\s*(@\S+)/.exec(document.lineAt(line).text)?.[1];
  const entry = DIRECTIVES.find(({ label }) => label === name);
  return entry === undefined ? null : new vscode.MarkdownString().appendMarkdown(markdownText(entry.about));
}

function slotHover(document: vscode.TextDocument, position: vscode.Position): vscode.MarkdownString | null {
  const offset = document.offsetAt(position);
  const slot = allTemplates(parsePrompts(document.getText()))
    .flatMap(({ segments }) => segments)
    .find(({ span }) => span.start <= offset && offset < span.end);
  const about =
    slot?.kind === 'words'
      ? `Up to ${counted(slot.length, 'real word')} to learn from training images; the result is a plain template that any tool reads.`
      : slot?.kind === 'learnable'
        ? `${slot.length === null ? `Vectors to learn that start as “${slot.init}”` : `${counted(slot.length, 'vector')} to learn in the place of words`}${slot.perClass ? ', others for each class' : ''}.`
        : null;
  return about === null ? null : new vscode.MarkdownString().appendMarkdown(markdownText(about));
}

async function contextHover(document: vscode.TextDocument, position: vscode.Position) {
  const reference = learnedReferenceAt(document, position);
  if (reference === undefined) return null;
  const text = new vscode.MarkdownString();
  const head = await contextHead(contextUri(document.uri, reference.name));
  if (head === null)
    return text.appendMarkdown(
      markdownText(`There is no learned context “${reference.name}” in .coop/contexts.`),
    );
  text.appendMarkdown(markdownText(`Learned on “${head.template}” with ${head.model}`));
  if (head.recipe !== undefined) text.appendMarkdown(markdownText(`: ${head.recipe}`));
  if (head.devAccuracy !== undefined)
    text.appendMarkdown('\n\n').appendMarkdown(markdownText(`${percent(head.devAccuracy)} on dev images`));
  return text;
}
