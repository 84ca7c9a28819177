import path from 'node:path';
import * as vscode from 'vscode';
import { isHubId } from '../../../shared/snippets/snippet-facts';
import { activeDocument } from '../../services/active-prompts';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { pickFolder } from '../../services/pick-folder';
import { relativePath, writeDirective } from '../../services/write-directive';
import { hubRows, installedRows, type ModelRow } from './model-rows';
import type { ModelDownloads } from './pull-model';

/** Select Model: what `@model` can name here or after a download; the choice is written into the document. */
export class ModelChoice {
  constructor(
    private readonly engine: EngineClient,
    private readonly downloads: ModelDownloads,
  ) {}

  /**
   * The model of a new document: one that is here, one of the hub, or none for now.
   * @returns null for “not now”; undefined when the user left
   */
  forNew(folder: string): Promise<string | null | undefined> {
    const later: ModelRow = {
      label: '$(clock) Not now',
      detail: 'The images can be scanned without one; “CoOp: Select Model” adds it later.',
      run: async () => null,
    };
    return this.pick(folder, [later]);
  }

  async pick(folder: string, more: readonly ModelRow[] = []): Promise<string | null | undefined> {
    const models = await this.engine.request('engine/models', { folders: [folder] });
    const download = async (id: string) => (await this.downloads.pull(id))?.id;
    const separator = (label: string): ModelRow => ({ label, kind: vscode.QuickPickItemKind.Separator });
    const { own, sample } = installedRows(models, folder);
    const rows: readonly ModelRow[] = [
      ...(own.length === 0 ? [] : [separator('on this computer'), ...own, separator('')]),
      ...more,
      { label: '$(folder-opened) Choose a folder …', run: () => chooseFolder(folder) },
      ...sample,
      separator('download from Hugging Face'),
      {
        label: '$(search) Another model of the hub …',
        detail: 'Any CLIP by its name, such as “owner/name”.',
        run: async () => {
          const id = await askId();
          return id === undefined ? undefined : download(id);
        },
      },
      ...hubRows(models, download),
    ];
    const chosen = await vscode.window.showQuickPick(rows, {
      title: 'Model: what @model names',
      placeHolder: 'Those of the hub are downloaded when you choose them',
      matchOnDescription: true,
      matchOnDetail: true,
    });
    return chosen?.run?.();
  }
}

export function registerSelectModel(choice: ModelChoice, log: vscode.LogOutputChannel): vscode.Disposable {
  return registerCommand(log, 'coop.selectModel', async (given?: unknown) => {
    const document = activeDocument();
    const name = typeof given === 'string' ? given : await choice.pick(path.dirname(document.uri.fsPath));
    if (typeof name === 'string') await writeDirective(document, 'model', name);
    return name;
  });
}

function askId(): Thenable<string | undefined> {
  return vscode.window
    .showInputBox({
      title: 'A model of the Hugging Face hub',
      placeHolder: 'openai/clip-vit-base-patch16',
      prompt: 'It is downloaded if this engine can open it; its page has its licence.',
      validateInput: text => (isHubId(text.trim()) ? null : 'Write it as “owner/name”.'),
    })
    .then(text => text?.trim());
}

async function chooseFolder(folder: string): Promise<string | undefined> {
  const chosen = await pickFolder('Use this model', { defaultUri: vscode.Uri.file(folder) });
  return chosen === undefined ? undefined : relativePath(folder, chosen.fsPath);
}
