import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CoopError } from '../../shared/errors';
import type { DuplicateGroup, FileProblem, ScanResult } from '../../shared/scan';
import { readError } from '../io/file-error';
import { type FoundFile, imageFiles } from './image-files';
import { inspectFile } from './inspect-file';
import type { Part } from './split';
import { vagueReason } from './vague-names';

export interface ScannedImage {
  /** Relative to the scanned folder, with forward slashes. */
  readonly path: string;
  readonly label: number;
  /** sha256 of the file, hex. */
  readonly hash: string;
  /** Given by a train, val or test folder. */
  readonly part?: Part;
}

export interface Scan extends ScanResult {
  /** Class after class, each by path: the order that seeds draw from. */
  readonly images: readonly ScannedImage[];
}

export interface ScanOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: {
    readonly message: string;
    readonly done: number;
    readonly total: number;
    readonly unit: string;
  }) => void;
}

/** Names of folders that say on which side their images are. */
const PART_FOLDERS: Readonly<Record<string, Part>> = {
  train: 'pool',
  training: 'pool',
  val: 'dev',
  valid: 'dev',
  validation: 'dev',
  test: 'test',
  testing: 'test',
};
/** Files read at once: enough to hide a disk's latency. */
const PARALLEL = 8;

/**
 * Scans a folder with one sub-folder of images per class, or with train, val and test folders that hold such
 * sub-folders. Files that cannot be used are listed with the reason.
 * @throws CoopError `images.folder`, `images.none`
 */
export async function scanFolder(folder: string, options: ScanOptions = {}): Promise<Scan> {
  const root = path.resolve(folder);
  const top = await subFolders(root);
  const parts = top.filter(name => PART_FOLDERS[name.toLowerCase()] !== undefined);
  const splitFolders = parts.length > 1 && parts.length === top.length;
  const places = splitFolders
    ? (
        await Promise.all(
          parts.map(async part =>
            (
              await subFolders(path.join(root, part))
            ).map(name => ({
              folder: name,
              path: `${part}/${name}`,
              part: PART_FOLDERS[part.toLowerCase()]!,
            })),
          ),
        )
      ).flat()
    : top.map(name => ({ folder: name, path: name, part: undefined }));
  const problems: FileProblem[] = [];
  const found: { readonly file: FoundFile; readonly folder: string; readonly part: Part | undefined }[] = [];
  for (const place of places) {
    options.signal?.throwIfAborted();
    for await (const file of imageFiles(root, place.path, problems))
      found.push({ file, folder: place.folder, part: place.part });
  }
  const inspected = await inspectAll(root, found, problems, options);
  const folders = [...new Set(inspected.map(image => image.folder))].sort(byCodeUnits);
  const images = inspected
    .map(({ path: file, folder: name, hash, part }) => ({
      path: file,
      label: folders.indexOf(name),
      hash,
      ...(part === undefined ? {} : { part }),
    }))
    .sort((a, b) => a.label - b.label || byCodeUnits(a.path, b.path));
  if (images.length === 0) throw await nothingFound(root, problems);
  const counts = folders.map((_, label) => images.filter(image => image.label === label).length);
  return {
    folder: root,
    classes: folders.map((name, label) => ({
      folder: name,
      name: name.replaceAll('_', ' '),
      count: counts[label]!,
    })),
    problems: problems.sort((a, b) => byCodeUnits(a.path, b.path)),
    duplicates: duplicatesOf(images),
    rotated: inspected.filter(({ rotated }) => rotated).map(image => image.path),
    vagueNames: folders.flatMap(name => {
      const reason = vagueReason(name);
      return reason === null ? [] : [{ name, reason }];
    }),
    imageCount: images.length,
    layout: splitFolders ? 'split-folders' : 'classes',
    images,
  };
}

async function subFolders(root: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for (const name of (await readdir(root)).sort(byCodeUnits)) {
      if (name.startsWith('.') || name === '__MACOSX') continue;
      const facts = await stat(path.join(root, name)).catch(() => null);
      if (facts?.isDirectory() === true) names.push(name);
    }
    return names;
  } catch (thrown) {
    const { message, cause } = readError(thrown, root);
    throw new CoopError('images.folder', message, {
      subject: root,
      next: 'Write the path of a folder with one sub-folder of images per class after @images.',
      cause,
    });
  }
}

async function inspectAll(
  root: string,
  found: readonly { readonly file: FoundFile; readonly folder: string; readonly part: Part | undefined }[],
  problems: FileProblem[],
  { signal, onProgress }: ScanOptions,
) {
  const images: { path: string; folder: string; hash: string; rotated: boolean; part: Part | undefined }[] =
    [];
  let next = 0;
  const work = async () => {
    for (let at = next++; at < found.length; at = next++) {
      signal?.throwIfAborted();
      const { file, folder, part } = found[at]!;
      const result = await inspectFile(path.join(root, file.path), file.bytes);
      if ('problem' in result) problems.push({ path: file.path, ...result.problem });
      else images.push({ path: file.path, folder, part, ...result });
      if (at % 50 === 49 || at === found.length - 1)
        onProgress?.({ message: 'Reading files', done: at + 1, total: found.length, unit: 'files' });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return images.sort((a, b) => byCodeUnits(a.path, b.path));
}

function duplicatesOf(images: readonly ScannedImage[]): DuplicateGroup[] {
  const groups = new Map<string, ScannedImage[]>();
  for (const image of images) {
    const group = groups.get(image.hash);
    if (group === undefined) groups.set(image.hash, [image]);
    else group.push(image);
  }
  return [...groups.values()]
    .filter(group => group.length > 1)
    .map(group => ({
      paths: group.map(image => image.path),
      acrossClasses: group.some(image => image.label !== group[0]!.label),
    }));
}

async function nothingFound(root: string, problems: readonly FileProblem[]): Promise<CoopError> {
  const loose: FoundFile[] = [];
  for await (const file of imageFiles(root, '', [])) {
    loose.push(file);
    if (loose.length > 0) break;
  }
  const flat = loose.length > 0 && !loose[0]!.path.includes('/');
  if (flat) {
    return new CoopError('classes.none', `${root} has images, but no sub-folders, so there are no classes.`, {
      subject: root,
      next: 'Put the images of each class into a sub-folder named after it.',
    });
  }
  const first = problems[0];
  const why =
    first === undefined ? '' : ` (${problems.length} cannot be used; ${first.path}: ${first.detail})`;
  return new CoopError('images.none', `${root} has no images in its sub-folders${why}.`, {
    subject: root,
    next: 'Give it one sub-folder of JPEG, PNG, WebP, GIF, BMP or TIFF images per class.',
  });
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
