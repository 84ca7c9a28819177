import path from 'node:path';
import * as vscode from 'vscode';
import type { FoundModel } from '../../../shared/contracts/protocol';
import { noticeText } from '../../../shared/format/markdown-text';
import { activeDocument } from '../../services/active-prompts';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { pickFolder } from '../../services/pick-folder';
import { relativePath, writeDirective } from '../../services/write-directive';

const DOWNLOAD = 'hf download openai/clip-vit-base-patch16';

/** Select Model: what `@model` can name here, with its size; the choice is written into the document. */
export function registerSelectModel(engine: EngineClient, log: vscode.LogOutputChannel): vscode.Disposable {
  return registerCommand(log, 'coop.selectModel', async (given?: unknown) => {
    const document = activeDocument();
    const folder = path.dirname(document.uri.fsPath);
    const name = typeof given === 'string' ? given : await pickModel(engine, folder);
    if (typeof name === 'string') await writeDirective(document, 'model', name);
    return name;
  });
}

interface Row extends vscode.QuickPickItem {
  readonly run?: () => Promise<string | null | undefined>;
}

/**
 * The model of a new document: one that is here, or none for now.
 * @returns null for “not now”; undefined when the user left
 */
export function modelForNew(engine: EngineClient, folder: string): Promise<string | null | undefined> {
  const later: Row = {
    label: '$(clock) Not now',
    detail: 'The images can be scanned without a model; templates are scored once @model names one.',
    run: async () => null,
  };
  return pickModel(engine, folder, [later]);
}

async function pickModel(
  engine: EngineClient,
  folder: string,
  more: readonly Row[] = [],
): Promise<string | null | undefined> {
  const models = await engine.request('engine/models', { folders: [folder] });
  const rows: Row[] = [
    // The sample's own last: it is no model for photos.
    ...models.filter(model => !isSample(model)).map(model => rowOf(model, folder)),
    ...models.filter(isSample).map(model => rowOf(model, folder)),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    ...more,
    { label: '$(folder-opened) Choose a folder …', run: () => chooseFolder(folder) },
    {
      label: '$(cloud-download) How to get a CLIP model',
      detail: `Copies “${DOWNLOAD}” for a terminal. Nothing is downloaded by this extension.`,
      run: async () => {
        await vscode.env.clipboard.writeText(DOWNLOAD);
        void vscode.window.showInformationMessage(
          noticeText(`“${DOWNLOAD}” is in the clipboard. Run it in a terminal, then choose the model here.`),
        );
        return undefined;
      },
    },
  ];
  const chosen = await vscode.window.showQuickPick(rows, {
    title: 'Model: what @model names',
    placeHolder: 'From the Hugging Face cache, coop.modelFolder and this folder',
    matchOnDetail: true,
  });
  return chosen?.run?.();
}

const isSample = (model: FoundModel) => model.ok && model.sampleOnly;

function rowOf(model: FoundModel, folder: string): Row {
  const name = path.isAbsolute(model.name) ? relativePath(folder, model.name) : model.name;
  if (!model.ok) {
    const { message, next = '' } = model.error;
    const run = async () => {
      void vscode.window.showWarningMessage(noticeText(`${message} ${next}`));
      return undefined;
    };
    return { label: `$(warning) ${name}`, description: 'cannot be used', detail: message, run };
  }
  const { imageSize, textWidth, textLayers, bytes, sampleOnly, assumption } = model;
  const detail = sampleOnly ? 'For the sample only: it knows icons, not photos.' : assumption;
  return {
    label: name,
    description: `${imageSize} px · text ${textWidth} × ${textLayers} · ${Math.round(bytes / 1e6)} MB`,
    ...(detail === undefined ? {} : { detail }),
    run: async () => name,
  };
}

async function chooseFolder(folder: string): Promise<string | undefined> {
  const chosen = await pickFolder('Use this model', { defaultUri: vscode.Uri.file(folder) });
  return chosen === undefined ? undefined : relativePath(folder, chosen.fsPath);
}
