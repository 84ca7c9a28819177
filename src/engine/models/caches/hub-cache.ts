import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expandPath, userCacheFolder } from '../../../files/disk/home-folder';

/**
 * The folder of repositories, as huggingface_hub finds it (constants.py): HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME/hub,
 * XDG_CACHE_HOME/huggingface/hub, ~/.cache/huggingface/hub; `~` and variables are filled in. Null without a home.
 */
export function huggingFaceCache(): string | null {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME } = process.env;
  const direct = HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE;
  if (direct) return path.resolve(expandPath(direct));
  if (HF_HOME) return path.resolve(expandPath(HF_HOME), 'hub');
  const caches = userCacheFolder();
  return caches === null ? null : path.join(caches, 'huggingface', 'hub');
}

/** The folder of a repository in the cache, whether or not it is there. */
export const repositoryFolder = (cache: string, id: string): string =>
  path.join(cache, `models--${id.replace('/', '--')}`);

/** `owner/name` of a folder within `models--owner--name`; null elsewhere. */
export function repositoryId(folder: string): string | null {
  const found = /(?:^|[\\/])models--([^\\/]+?)--([^\\/]+)[\\/]snapshots[\\/][^\\/]+$/.exec(folder);
  return found === null ? null : `${found[1]}/${found[2]}`;
}

/**
 * The snapshot to use: the one that refs/main names, unless its weights are missing and another one has them, as after a
 * newer configuration alone was fetched; without refs/main, the newest. Null where the repository has no snapshot.
 */
export function usableSnapshot(repository: string): string | null {
  const main = referred(repository, path.join('refs', 'main'));
  const newest = snapshots(repository);
  if (main === null) return newest.find(hasWeights) ?? newest[0] ?? null;
  if (hasWeights(main) || proposed(repository).some(hasWeights)) return main;
  return newest.find(folder => hasWeights(folder) && existsSync(path.join(folder, 'config.json'))) ?? main;
}

/**
 * Further folders with files of a snapshot's model: pull requests' snapshots, in which the hub's converter proposes
 * safetensors. Only weights are to be taken from them.
 */
export function proposedSnapshots(snapshot: string): readonly string[] {
  if (repositoryId(snapshot) === null) return [];
  return proposed(path.dirname(path.dirname(snapshot))).filter(folder => folder !== snapshot);
}

/** Whether a file of the repository was being downloaded when that stopped. */
export function hasUnfinished(snapshot: string): boolean {
  if (repositoryId(snapshot) === null) return false;
  return entries(path.join(path.dirname(path.dirname(snapshot)), 'blobs')).some(name =>
    name.endsWith('.incomplete'),
  );
}

/** A link whose blob is gone is no file. */
const hasWeights = (folder: string) =>
  [folder, path.join(folder, 'onnx')].some(place =>
    entries(place).some(
      name => /\.(safetensors|bin|pt|pth|ckpt|onnx)$/.test(name) && isFile(path.join(place, name)),
    ),
  );

function proposed(repository: string): string[] {
  return entries(path.join(repository, 'refs', 'refs', 'pr'))
    .sort((a, b) => Number(b) - Number(a))
    .flatMap(name => referred(repository, path.join('refs', 'refs', 'pr', name)) ?? []);
}

/** A reference holds the name of a snapshot, never a path. */
function referred(repository: string, reference: string): string | null {
  const file = path.join(repository, reference);
  if (!isFile(file) || statSync(file).size > 100) return null;
  const name = readFileSync(file, 'utf8').trim();
  const folder = path.join(repository, 'snapshots', name);
  return /^[\w.-]+$/.test(name) && name !== '..' && isFolder(folder) ? folder : null;
}

/** Newest first. */
function snapshots(repository: string): string[] {
  return entries(path.join(repository, 'snapshots'))
    .map(name => path.join(repository, 'snapshots', name))
    .filter(isFolder)
    .map(folder => ({ folder, changed: statSync(folder).mtimeMs }))
    .sort((a, b) => b.changed - a.changed)
    .map(({ folder }) => folder);
}

export const isFolder = (file: string): boolean =>
  statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
export const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() === true;

/** Names in a folder, sorted; none where it cannot be read. */
export function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
