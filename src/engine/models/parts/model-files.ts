import { existsSync, lstatSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readError } from '../../../files/disk/file-error';
import { isNotFound, modelMissing } from './model-error';

/** The files of one model, of whichever layout. */
export interface ModelFiles {
  /** Where its configuration and tokenizer lie. */
  readonly folder: string;
  readonly names: ReadonlySet<string>;
  /** Weights of it that lie in other folders, by name: a pull request's snapshot in the hub's cache. */
  readonly elsewhere: ReadonlyMap<string, string>;
  /** The weights file that the user named; null for a folder. */
  readonly named: string | null;
}

/** sentence-transformers keeps a CLIP in this part of its folder. */
const PART = '0_CLIPModel';

/**
 * The files at a place: a folder, or a weights file with what lies beside it.
 * @param further folders whose weights belong to the model too
 * @throws CoopError `model.missing`, `file.access`
 */
export async function modelFiles(place: string, further: readonly string[] = []): Promise<ModelFiles> {
  const facts = statSync(place, { throwIfNoEntry: false });
  if (facts?.isFile() === true) {
    const folder = path.dirname(place);
    return { folder, names: await namesIn(folder), elsewhere: new Map(), named: path.basename(place) };
  }
  const names = await namesIn(place);
  if (names.has(PART) && ![...names].some(isWeights)) return modelFiles(path.join(place, PART));
  const elsewhere = new Map<string, string>();
  for (const folder of further)
    for (const name of await namesIn(folder))
      if (name.endsWith('.safetensors') || name.endsWith('.safetensors.index.json'))
        elsewhere.set(name, path.join(folder, name));
  return { folder: place, names, elsewhere, named: null };
}

/** Whether a name is that of a weights file or of an index of such. */
export const isWeights = (name: string): boolean =>
  /\.(safetensors|bin|pt|pth|ckpt)(\.index\.json)?$|\.tar(-\d+)?$/i.test(name) && !NO_WEIGHTS.test(name);

/** What the same libraries write beside weights. */
const NO_WEIGHTS =
  /^(training_args|optimizer|scheduler|scaler|rng_state(_\d+)?|random_states(_\d+)?)\.(bin|pt|pth)$/;

/** Where a file of the model lies; the user's own comes before another folder's. */
export function pathOf({ folder, names, elsewhere }: ModelFiles, name: string): string {
  const own = path.join(folder, name);
  return names.has(name) && existsSync(own) ? own : (elsewhere.get(name) ?? own);
}

/** Whether a file is there: a link whose target is gone is none. */
export function hasFile(files: ModelFiles, name: string): boolean {
  return existsSync(pathOf(files, name));
}

/** Whether there is a link of this name that leads nowhere. */
export function isBrokenLink({ folder, names }: ModelFiles, name: string): boolean {
  const file = path.join(folder, name);
  return names.has(name) && !existsSync(file) && lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (thrown) {
    if (!isNotFound(thrown)) throw readError(thrown, folder);
    throw modelMissing(
      folder,
      `The model folder ${folder} does not exist.`,
      'Choose a folder with the model’s configuration, its weights and its tokenizer.',
      thrown,
    );
  }
}
