import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CoopError } from '../../../shared/errors';

/** The small model of the sample; the only one that comes with the product. */
export const SAMPLE_MODEL = 'icon-clip';

/**
 * The folder of the model that `@model` names: a folder (relative to the document, or in `$COOP_MODEL_DIR`), the
 * sample's `icon-clip`, or a repository in the Hugging Face cache (`openai/clip-vit-base-patch16`).
 * @throws CoopError `model.missing`, saying where it was looked for
 */
export function resolveModel(spec: string | null, documentFolder: string): string {
  if (spec === null) {
    throw new CoopError('model.missing', 'The document names no model.', {
      next: 'Add a line such as “@model ./models/clip-vit-base-patch16” or “@model openai/clip-vit-base-patch16”.',
    });
  }
  const shared = modelsFolder();
  const tried = [documentFolder, ...(shared === null ? [] : [shared])].map(folder =>
    path.resolve(folder, spec),
  );
  const found = tried.find(isFolder);
  if (found !== undefined) return found;
  if (spec === SAMPLE_MODEL) {
    const bundled = sampleFolder();
    if (bundled !== null) return path.join(bundled, SAMPLE_MODEL);
  }
  if (/^[\w.-]+\/[\w.-]+$/.test(spec)) {
    const cached = path.join(huggingFaceCache(), `models--${spec.replace('/', '--')}`);
    tried.push(cached);
    const snapshot = newestSnapshot(cached);
    if (snapshot !== null) return snapshot;
  }
  throw new CoopError(
    'model.missing',
    `The model “${spec}” was not found. Looked in ${tried.join(' and ')}.`,
    {
      subject: spec,
      next: `Download the model folder (config and .safetensors), for example with “huggingface-cli download ${spec}”, or write the path of its folder after @model.`,
    },
  );
}

/** `$COOP_MODEL_DIR`: a folder of models, in the editor the setting `coop.modelFolder`. */
export function modelsFolder(): string | null {
  const { COOP_MODEL_DIR } = process.env;
  return COOP_MODEL_DIR === undefined || COOP_MODEL_DIR === '' ? null : path.resolve(COOP_MODEL_DIR);
}

/** True for the sample's model in a document that is not the sample's: it knows icons, not photos. */
export function isBorrowedSample(folder: string, documentFolder: string): boolean {
  const bundled = sampleFolder();
  return bundled !== null && folder === path.join(bundled, SAMPLE_MODEL) && documentFolder !== bundled;
}

/** `media/sample` beside the bundle or the sources; null in a package without it. */
export function sampleFolder(): string | null {
  for (const up of ['..', '../../../..']) {
    const folder = path.resolve(__dirname, up, 'media', 'sample');
    if (existsSync(folder)) return folder;
  }
  return null;
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** As huggingface_hub finds it: HF_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME/huggingface/hub, ~/.cache/huggingface/hub. */
export function huggingFaceCache(): string {
  const { HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = process.env;
  if (HF_HUB_CACHE !== undefined) return HF_HUB_CACHE;
  const home = HF_HOME ?? path.join(XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'huggingface');
  return path.join(home, 'hub');
}

/** `refs/main` names the snapshot; a cache filled from another revision has only `snapshots`. */
function newestSnapshot(repository: string): string | null {
  const snapshots = path.join(repository, 'snapshots');
  if (!isFolder(snapshots)) return null;
  const main = path.join(repository, 'refs', 'main');
  if (existsSync(main)) {
    const named = path.join(snapshots, readFileSync(main, 'utf8').trim());
    if (isFolder(named)) return named;
  }
  const folders = readdirSync(snapshots)
    .map(name => path.join(snapshots, name))
    .filter(isFolder)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  return folders[0] ?? null;
}
