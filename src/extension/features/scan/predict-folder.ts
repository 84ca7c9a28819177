import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as v from 'valibot';
import * as vscode from 'vscode';
import { counted } from '../../../shared/format/count';
import { runCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { tell } from '../../services/notice';
import { unusedFile } from '../../services/unused-file';
import type { ModelChoice } from '../models/select-model';

const LINE = 'a photo of a {}.';

const Given = v.object({ names: v.array(v.string()), model: v.string() });

type Given = v.InferOutput<typeof Given>;

/** What a command was given, where that is what it takes. */
export function namesAndModel(given: unknown): Given | undefined {
  return v.is(Given, given) ? given : undefined;
}

/**
 * Writes a list of a folder's images with the likeliest of the named classes for each, and shows it.
 * @param given asked for when absent
 * @returns undefined when the user left
 */
export async function predictFolder(
  engine: EngineClient,
  models: ModelChoice,
  folder: vscode.Uri,
  given?: Given,
): Promise<vscode.Uri | undefined> {
  const { names, model } = given ?? (await ask(models, folder)) ?? {};
  if (names === undefined || model === undefined) return undefined;
  const file = await unusedFile(folder, 'labels.csv');
  const document = {
    path: path.join(folder.fsPath, '.prompts'),
    text: `@images .\n@model ${model}\n`,
  };
  const { images, failed } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'CoOp: predicting', cancellable: true },
    (_, token) =>
      engine.request(
        'project/predictImages',
        { ...document, names, line: LINE, file: file.fsPath, job: randomUUID() },
        token,
      ),
  );
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
  const left = failed === 0 ? '' : ` ${counted(failed, 'image')} could not be read.`;
  tell(
    'information',
    `${path.basename(file.fsPath)} says of ${counted(images, 'image')} what “${LINE}” takes them for.${left} Correct what is wrong; the file then stands after @images in place of the folder.`,
    { 'New Prompts File': () => runCommand('coop.newPrompts', file) },
  );
  return file;
}

async function ask(models: ModelChoice, folder: vscode.Uri): Promise<Given | undefined> {
  const text = await vscode.window.showInputBox({
    title: 'What may the images show?',
    placeHolder: 'cat, dog, neither',
    prompt: 'Class names with commas between, as CLIP shall read them',
    validateInput: value => (namesIn(value).length < 2 ? 'Two names at least, with a comma between.' : null),
  });
  if (text === undefined) return undefined;
  const model = await models.forNew(folder.fsPath);
  // “Not now” is no model to predict with.
  return model == null ? undefined : { names: namesIn(text), model };
}

function namesIn(text: string): string[] {
  return text.split(',').flatMap(name => (name.trim() === '' ? [] : [name.trim()]));
}
