import path from 'node:path';
import * as vscode from 'vscode';
import { exists } from '../../services/exists';
import { relativePath } from '../../services/write-directive';
import type { ModelChoice } from '../models/select-model';

/** What `@images` takes in place of a folder. */
const LIST = /\.(csv|tsv|jsonl?)$/i;

/**
 * A document of templates for a folder of classes, beside the folder, or in it where that is the workspace's own; one
 * that is there already is opened as it is.
 * @param folder of classes, or a list of images
 * @param given the model; null for none yet; asked for when absent
 * @returns undefined when the user left
 */
export async function newPrompts(
  models: ModelChoice,
  folder: vscode.Uri,
  given?: string | null,
): Promise<vscode.Uri | undefined> {
  const isRoot = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.toString() === folder.toString());
  const parent = isRoot === true ? folder : vscode.Uri.joinPath(folder, '..');
  const name = path.basename(folder.fsPath).replace(LIST, '');
  const file = vscode.Uri.joinPath(parent, `${name}.prompts`);
  if (!(await exists(file))) {
    const model = given === undefined ? await models.forNew(parent.fsPath) : given;
    if (model === undefined) return undefined;
    const text = promptsFor(relativePath(parent.fsPath, folder.fsPath), model);
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  }
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
  return file;
}

function promptsFor(images: string, model: string | null): string {
  return `# The accuracy on dev images stands beside each template; edit one, and it is scored again.
@images ${images}
${model === null ? '# Which CLIP model scores them: “CoOp: Select Model” writes it here.' : `@model ${model}`}

@baseline
a photo of a {}.
a close-up photo of a {}.
a photo of the {}.
a bad photo of a {}.
@use imagenet7

# Learned instead of guessed: put the cursor on this line and run “CoOp: Learn Prompt”.
[V:16] {}.
`;
}
