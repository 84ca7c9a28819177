import path from 'node:path';
import * as vscode from 'vscode';
import { EXPERIMENT_ENDING } from '../../files/experiments/results-folder';
import type { DocumentParams } from '../../shared/contracts/protocol';
import { parsePrompts } from '../../shared/template/parse-prompts';
import { isPlain, type PromptsDocument } from '../../shared/template/syntax';
import { findTemplateLists, listLanguages } from '../../shared/template/template-lists';
import { LANGUAGE } from './languages';
import { withLearnedContexts } from './listed-contexts';
import { nearestPrompts } from './nearest-prompts';

/** Something of a document that is scored: a template, an ensemble, a published set. */
export interface ScoredLine {
  /** As the engine is asked for it. */
  readonly line: string;
  /** Offset in the document behind which its score is shown. */
  readonly at: number;
  /** What the line stands for: its own text, or that of an ensemble's members. */
  readonly content: string;
  readonly members?: readonly string[];
}

/**
 * `.prompts` documents, files with template lists, and cells of notebooks; not the sides of a comparison, nor experiments,
 * whose layouts and lines have images and baselines of their own.
 */
export function isScored(document: vscode.TextDocument): boolean {
  const { languageId } = document;
  const { scheme } = document.uri;
  if (isExperiment(document)) return false;
  if (languageId === LANGUAGE) return scheme === 'file';
  return (scheme === 'file' || scheme === 'vscode-notebook-cell') && listLanguages.includes(languageId);
}

const isExperiment = ({ uri }: vscode.TextDocument) => uri.path.endsWith(EXPERIMENT_ENDING);

/** Everything in a document that can be scored as it stands. */
export function scoredLines(document: vscode.TextDocument): ScoredLine[] {
  if (isExperiment(document)) return [];
  const text = document.getText();
  return document.languageId === LANGUAGE
    ? linesOfPrompts(document, parsePrompts(text))
    : linesOfLists(text, document);
}

function linesOfPrompts(
  document: vscode.TextDocument,
  { templates, ensembles, directives }: PromptsDocument,
): ScoredLine[] {
  // An ensemble spans several lines; its score stands at its head.
  const headEnd = (offset: number) => {
    const { text, range } = document.lineAt(document.positionAt(offset).line);
    return document.offsetAt(range.start) + text.trimEnd().length;
  };
  return [
    ...templates.filter(isPlain).map(({ line, span }) => ({ line, content: line, at: span.end })),
    ...ensembles
      .filter(({ templates: members }) => members.length > 0)
      .map(({ name, span, templates: members }) => ({
        line: `@ensemble ${name}`,
        content: members.map(({ line }) => line).join('\n'),
        at: headEnd(span.start),
      })),
    ...directives.uses.map(({ set, span }) => ({ line: `@use ${set}`, content: set, at: span.end })),
    ...directives.descriptors.map(({ line, span }) => ({ line, content: line, at: span.end })),
  ];
}

/** Each template of each list, and each list as the ensemble that its program makes of it. */
function linesOfLists(text: string, { languageId, uri }: vscode.TextDocument): ScoredLine[] {
  const file = vscode.Uri.file(uri.fsPath);
  return findTemplateLists(text, languageId).flatMap(({ head, templates: written }, index) => {
    const templates = written.map(({ line, span }) => ({ line: withLearnedContexts(line, file), span }));
    const members = templates.map(({ line }) => line);
    const single = templates.map(({ line, span: { end } }) => ({
      line,
      content: line,
      at: text[end] === ',' ? end + 1 : end,
    }));
    if (members.length < 2) return single;
    return [
      { line: `@ensemble list-${index + 1}`, content: members.join('\n'), at: head, members },
      ...single,
    ];
  });
}

/** What the engine is asked with; null where nothing names images. */
export async function scoringRequest(
  document: vscode.TextDocument,
  lines: readonly ScoredLine[],
): Promise<DocumentParams | null> {
  if (document.languageId === LANGUAGE) {
    const text = document.getText();
    const { images, model } = parsePrompts(text).directives;
    return images === null || model === null ? null : { path: document.uri.fsPath, text };
  }
  const head = await listSettings(document.uri);
  if (head === null) return null;
  const ensembles = lines.flatMap(({ line, members }) => (members ? [`${line} (`, ...members, ')'] : []));
  const templates = lines.flatMap(({ line, members }) => (members ? [] : [line]));
  return { path: head.path, text: [head.text, ...new Set(templates), ...ensembles].join('\n') };
}

/** Images, model and baseline of template lists: the settings’, else those of the nearest `.prompts` file upward. */
async function listSettings(uri: vscode.Uri): Promise<DocumentParams | null> {
  const file = vscode.Uri.file(uri.fsPath);
  const settings = vscode.workspace.getConfiguration('coop', file);
  const images = settings.get('images', '').trim();
  const model = settings.get('model', '').trim();
  const nearest = await nearestPrompts(file);
  if (images !== '') {
    const folder = vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath ?? path.dirname(file.fsPath);
    const named = model || nearest?.document.directives.model;
    const text = [`@images ${images}`, ...(named ? [`@model ${named}`] : [])].join('\n');
    return { path: path.join(folder, path.basename(file.fsPath)), text };
  }
  if (nearest === null) return null;
  const { document, text, path: nearestPath } = nearest;
  const { uses: _, spans } = document.directives;
  const kept = Object.values(spans).map(({ start, end }) => text.slice(start, end));
  if (document.directives.model === null && model !== '') kept.push(`@model ${model}`);
  if (document.baseline !== null) kept.push('@baseline', document.baseline.line);
  return { path: nearestPath, text: kept.join('\n') };
}
