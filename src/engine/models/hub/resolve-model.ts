import path from 'node:path';
import { expandPath } from '../../../files/disk/home-folder';
import { CoopError } from '../../../shared/errors';
import { KNOWN_MODELS } from '../../../shared/models/known-models';
import { isHubId } from '../../../shared/snippets/snippet-facts';
import { mediaFolder } from '../../media-folder';
import { huggingFaceCache, isFile, isFolder, repositoryFolder, usableSnapshot } from '../caches/hub-cache';
import { openAiModels } from '../caches/open-ai-cache';

/** The small model of the sample; the only one that comes with the product. */
export const SAMPLE_MODEL = 'icon-clip';

/**
 * The folder or weights file of the model that `@model` names: a path (relative to the document, or in `$COOP_MODEL_DIR`),
 * the sample's `icon-clip`, a repository in the Hugging Face cache (`openai/clip-vit-base-patch16`), or a model in the
 * cache of OpenAI's package (`ViT-B/16`).
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
    path.resolve(folder, expandPath(spec)),
  );
  const found = tried.find(each => isFolder(each) || isFile(each));
  if (found !== undefined) return found;
  if (spec === SAMPLE_MODEL) {
    const bundled = sampleFolder();
    if (bundled !== null) return path.join(bundled, SAMPLE_MODEL);
  }
  const openAi = openAiModels().find(({ name }) => name === spec);
  if (openAi !== undefined) {
    if (isFile(openAi.file)) return openAi.file;
    tried.push(openAi.file);
  } else if (isHubId(spec)) {
    const cache = huggingFaceCache();
    const cached = cache === null ? null : repositoryFolder(cache, spec);
    const snapshot = cached === null ? null : usableSnapshot(cached);
    if (snapshot !== null) return snapshot;
    if (cached !== null) tried.push(cached);
  }
  throw new CoopError(
    'model.missing',
    `The model “${spec}” was not found. Looked in ${tried.join(' and ')}.`,
    {
      subject: spec,
      next: nextFor(spec, {
        openAi: openAi !== undefined,
        isPath: isFolder(path.resolve(documentFolder, path.dirname(spec))),
      }),
    },
  );
}

/** One cause, one hint: only a name that the hub can have, and that begins with no folder beside the document, is one to download. */
function nextFor(
  spec: string,
  { openAi, isPath }: { readonly openAi: boolean; readonly isPath: boolean },
): string {
  if (openAi) {
    const same = KNOWN_MODELS.find(({ title }) => title === `OpenAI ${spec}`)?.id;
    const load =
      same === undefined
        ? 'Load'
        : `Use the same model of the hub, “${same}” (“coop models pull ${same}”), or load`;
    return `${load} “${spec}” once with OpenAI’s clip package, which keeps it there, or name its file by its path.`;
  }
  if (isHubId(spec) && !isPath)
    return `Download it with “coop models pull ${spec}”, or name the model’s folder or weights file by its path.`;
  return 'Name the model’s folder or weights file by its path, or a repository such as openai/clip-vit-base-patch16.';
}

/** `$COOP_MODEL_DIR`: a folder of models, in the editor the setting `coop.modelFolder`. */
export function modelsFolder(): string | null {
  const { COOP_MODEL_DIR } = process.env;
  return COOP_MODEL_DIR === undefined || COOP_MODEL_DIR === ''
    ? null
    : path.resolve(expandPath(COOP_MODEL_DIR));
}

/** True for the sample's model in a document that is not the sample's: it knows icons, not photos. */
export function isBorrowedSample(folder: string, documentFolder: string): boolean {
  const bundled = sampleFolder();
  return bundled !== null && folder === path.join(bundled, SAMPLE_MODEL) && documentFolder !== bundled;
}

/** `media/sample`; null in a package without it. */
export const sampleFolder = (): string | null => mediaFolder('sample');
