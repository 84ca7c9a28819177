import path from 'node:path';
import * as vscode from 'vscode';
import type { EngineClient } from '../../services/engine-client';
import { exists } from '../../services/exists';
import { relativePath } from '../../services/write-directive';

/** What people mostly look for first: the paper's backbone, from OpenAI. */
const USUAL_MODEL = 'openai/clip-vit-base-patch16';

/**
 * A document of templates for a folder of classes, beside the folder, or in it where that is the workspace's own; one
 * that is there already is opened as it is.
 */
export async function newPrompts(engine: EngineClient, folder: vscode.Uri): Promise<vscode.Uri> {
  const isRoot = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.toString() === folder.toString());
  const parent = isRoot === true ? folder : vscode.Uri.joinPath(folder, '..');
  const name = path.basename(folder.fsPath);
  const file = vscode.Uri.joinPath(parent, `${name}.prompts`);
  if (!(await exists(file))) {
    const models = await engine.request('engine/models', { folders: [] });
    // The sample's model knows icons only, so it is never proposed for anyone's own images.
    const model = models.find(each => each.ok && !each.sampleOnly)?.name ?? USUAL_MODEL;
    const text = promptsFor(relativePath(parent.fsPath, folder.fsPath), model);
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  }
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
  return file;
}

function promptsFor(images: string, model: string): string {
  return `# The accuracy on dev images stands beside each template; edit one, and it is scored again.
@images ${images}
@model ${model}

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
