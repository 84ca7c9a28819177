import path from 'node:path';
import type * as vscode from 'vscode';
import type { FoundModel } from '../../../shared/contracts/protocol';
import { KNOWN_MODELS } from '../../../shared/models/known-models';
import { tell } from '../../services/notice';
import { relativePath } from '../../services/write-directive';
import { sizeInWords } from './pull-model';

/** @returns null for “none for now”; undefined when the user left */
export interface ModelRow extends vscode.QuickPickItem {
  readonly run?: () => Promise<string | null | undefined>;
}

/** Models that are here, and the sample's own, which is no model for photos: Enter alone never takes it. */
export function installedRows(
  models: readonly FoundModel[],
  folder: string,
): { readonly own: readonly ModelRow[]; readonly sample: readonly ModelRow[] } {
  const isSample = (model: FoundModel) => model.ok && model.sampleOnly;
  return {
    own: models.filter(model => !isSample(model)).map(model => rowOf(model, folder)),
    sample: models.filter(isSample).map(model => rowOf(model, folder)),
  };
}

/** Models of the hub that are not here, each with what helps to choose; chosen is asked for, so it is downloaded. */
export function hubRows(
  models: readonly FoundModel[],
  download: (id: string) => Promise<string | undefined>,
): readonly ModelRow[] {
  const here = new Set(models.map(({ name }) => name));
  return KNOWN_MODELS.filter(({ id }) => !here.has(id)).map(({ id, title, licence, imageNet, suits }) => {
    return {
      label: `$(cloud-download) ${id}`,
      description: [title, sizeInWords(id), `licence ${licence}`].join(' · '),
      detail: imageNet === null ? suits : `${imageNet.toFixed(1)} % on ImageNet zero-shot; ${suits}`,
      run: () => download(id),
    };
  });
}

function rowOf(model: FoundModel, folder: string): ModelRow {
  const name = path.isAbsolute(model.name) ? relativePath(folder, model.name) : model.name;
  if (!model.ok) {
    const { message, next = '' } = model.error;
    const run = async () => {
      tell('warning', `${message} ${next}`);
      return undefined;
    };
    return { label: `$(warning) ${name}`, description: 'cannot be used', detail: message, run };
  }
  const { imageSize, textTower, bytes, sampleOnly, assumption } = model;
  const detail = sampleOnly ? 'For the sample only: it knows icons, not photos.' : assumption;
  return {
    label: name,
    description: `${imageSize} px · text ${textTower} · ${Math.round(bytes / 1e6)} MB`,
    ...(detail === undefined ? {} : { detail }),
    run: async () => name,
  };
}
