import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { OPEN_AI_FILES } from '../../../shared/models/open-ai-files';
import { isHubId } from '../../../shared/snippets/snippet-facts';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import { runCommand } from '../../services/commands';
import { LANGUAGE } from '../../services/languages';
import { tell } from '../../services/notice';
import type { ScoreStore } from '../../services/score-store';
import { sizeInWords } from './pull-model';

/**
 * The model of the hub that a document names and that is not here; null where that is not what is wrong: OpenAI's names, as
 * `ViT-B/16`, are not the hub's, and what begins with a folder beside the document is a path.
 */
export function missingHubModel(document: vscode.TextDocument, scores: ScoreStore): string | null {
  if (document.languageId !== LANGUAGE || scores.problemOf(document.uri)?.code !== 'model.missing')
    return null;
  const { model } = parsePrompts(document.getText()).directives;
  if (model === null || !isHubId(model) || OPEN_AI_FILES.has(model)) return null;
  // With a separator at its end a name is a folder's.
  const beside = path.join(path.dirname(document.uri.fsPath), path.dirname(model), path.sep);
  return existsSync(beside) ? null : model;
}

/** What its button says. */
export function downloadTitle(id: string): string {
  const size = sizeInWords(id);
  return `Download ${id}${size === '' ? '' : ` (${size})`}`;
}

/** Offers it once a window, when a document could not be scored for want of it; nothing is downloaded unasked. */
export function registerMissingModel(scores: ScoreStore): vscode.Disposable {
  const offered = new Set<string>();
  return scores.onChange(uri => {
    const document = vscode.workspace.textDocuments.find(each => each.uri.toString() === uri.toString());
    const id = document === undefined ? null : missingHubModel(document, scores);
    if (id === null || offered.has(id)) return;
    offered.add(id);
    const size = sizeInWords(id);
    tell(
      'information',
      `${vscode.workspace.asRelativePath(uri)} names the model ${id}, which is not on this computer. The Hugging Face hub may have it${size === '' ? '' : ` (${size})`}.`,
      {
        Download: () => runCommand('coop.pullModel', id),
        'Select Another …': () => runCommand('coop.selectModel'),
      },
    );
  });
}
