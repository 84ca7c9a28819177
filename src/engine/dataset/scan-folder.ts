import path from 'node:path';
import { causeInWords } from '../../files/disk/file-error';
import { CoopError } from '../../shared/errors';
import { IMAGE_ENDING } from '../images/inspect-file';
import { assembleScan, firstProblem } from './assemble-scan';
import { entriesOf, filesBelow, type Walk } from './image-files';
import { noFolder, rootFacts } from './image-root';
import { readManifest } from './manifest';
import { partOfName } from './part-names';
import { byCodeUnits, type Candidate, type Found, MAX_ENTRIES, type Scan, type ScanOptions } from './scan';

export type { Scan, ScanOptions } from './scan';

/**
 * Scans a folder with one sub-folder of images per class (nested ones count), with train, val and test folders that
 * hold such sub-folders, or with images alone (`flat`); or a list of files (manifest.ts). Files that cannot be used are
 * listed with the reason. Headers are read, pixels are not.
 * @throws CoopError `images.folder`, `images.none`, `manifest.invalid`, `classes.invalid`, `file.limit`, `file.access`;
 * the signal's reason
 */
export async function scanFolder(folder: string, options: ScanOptions = {}): Promise<Scan> {
  const root = path.resolve(folder);
  const facts = await rootFacts(root);
  if (facts.isFile()) return notEmpty(await assembleScan(await readManifest(root), options), root);
  if (!facts.isDirectory()) throw noFolder(root, 'it is neither a folder nor a file');
  const { signal, limits } = options;
  const walk: Walk = { problems: [], left: limits?.maxEntries ?? MAX_ENTRIES, signal };
  return notEmpty(await assembleScan(await findImages(root, walk), options), root);
}

interface Contents {
  readonly folders: readonly string[];
  /** Files beside the folders. */
  readonly files: readonly string[];
}

async function findImages(root: string, walk: Walk): Promise<Found> {
  const top = await contents(root, '', walk).catch((thrown: unknown) => {
    if (thrown instanceof CoopError || walk.signal?.aborted === true) throw thrown;
    throw noFolder(root, causeInWords(thrown), thrown);
  });
  const { problems } = walk;
  const partFolders = splitFolders(top.folders);
  if (partFolders.length > 0) {
    const { candidates, folders } = await insideParts(root, top, partFolders, walk);
    const labelled = candidates.filter(({ folder }) => folder !== null);
    if (labelled.length === 0) return { root, layout: 'flat', candidates, problems };
    for (const { path: file } of candidates.filter(({ folder }) => folder === null))
      withoutClass(walk, file, 'it lies beside the class folders, so its class is not known');
    return { root, layout: 'split-folders', candidates: labelled, folders, problems };
  }
  const candidates = await insideClasses(root, '', top.folders, undefined, walk);
  const loose = top.files.filter(name => IMAGE_ENDING.test(name));
  if (loose.length > 0 && !candidates.some(({ path: file }) => IMAGE_ENDING.test(file))) {
    return {
      root,
      layout: 'flat',
      candidates: loose.map(file => ({ path: file, folder: null, part: undefined })),
      problems,
    };
  }
  for (const file of loose)
    withoutClass(walk, file, 'it lies beside the class folders, so its class is not known');
  const folders = new Map(top.folders.map(folder => [folder, folder]));
  return { root, layout: 'classes', candidates, folders, problems };
}

/**
 * Top folders that are sides of a split: two different sides, or a single folder that is one. (A class may be called
 * “train”.)
 */
function splitFolders(folders: readonly string[]): readonly string[] {
  const named = folders.filter(name => partOfName(name) !== undefined);
  const sides = new Set(named.map(partOfName));
  return sides.size > 1 || (named.length === 1 && folders.length === 1) ? named : [];
}

async function insideParts(root: string, top: Contents, partFolders: readonly string[], walk: Walk) {
  const candidates: Candidate[] = [];
  const folders = new Map<string, string>();
  for (const partFolder of partFolders) {
    const part = partOfName(partFolder);
    const { place, inside } = await insidePart(root, partFolder, walk);
    await append(candidates, insideClasses(root, place, inside.folders, part, walk));
    for (const folder of inside.folders) if (!folders.has(folder)) folders.set(folder, `${place}/${folder}`);
    for (const file of inside.files)
      if (IMAGE_ENDING.test(file)) candidates.push({ path: `${place}/${file}`, folder: null, part });
  }
  for (const folder of top.folders)
    if (!partFolders.includes(folder))
      withoutClass(walk, folder, `this folder stands beside ${partFolders.join(' and ')} and is left out`);
  for (const file of top.files)
    if (IMAGE_ENDING.test(file))
      withoutClass(walk, file, 'it lies beside the split folders, so its class is not known');
  return { candidates, folders };
}

/** Archives that hold one folder are often unpacked into one of the same name: `seg_train/seg_train`. */
async function insidePart(root: string, place: string, walk: Walk) {
  const inside = await contents(root, place, walk).catch((thrown: unknown): Contents => {
    if (thrown instanceof CoopError || walk.signal?.aborted === true) throw thrown;
    walk.problems.push({ path: place, reason: 'unreadable', detail: causeInWords(thrown) });
    return { folders: [], files: [] };
  });
  const [only] = inside.folders;
  const again = `${place}/${only}`;
  if (inside.folders.length !== 1 || only !== path.basename(place)) return { place, inside };
  return { place: again, inside: await contents(root, again, walk) };
}

async function append(to: Candidate[], from: Promise<readonly Candidate[]>): Promise<void> {
  for (const candidate of await from) to.push(candidate);
}

async function insideClasses(
  root: string,
  above: string,
  folders: readonly string[],
  part: Candidate['part'],
  walk: Walk,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const folder of folders) {
    const place = above === '' ? folder : `${above}/${folder}`;
    for await (const file of filesBelow(root, place, walk)) candidates.push({ path: file, folder, part });
  }
  return candidates;
}

async function contents(root: string, folder: string, walk: Walk): Promise<Contents> {
  const folders: string[] = [];
  const files: string[] = [];
  for await (const { name, kind } of entriesOf(root, folder, walk))
    (kind === 'file' ? files : folders).push(name);
  return { folders: folders.sort(byCodeUnits), files: files.sort(byCodeUnits) };
}

function withoutClass({ problems }: Walk, file: string, detail: string): void {
  problems.push({ path: file, reason: 'no-class', detail });
}

function notEmpty(scan: Scan, target: string): Scan {
  if (scan.images.length > 0) return scan;
  const list = scan.layout === 'manifest';
  throw new CoopError(
    'images.none',
    `${target} ${list ? 'names no image that can be read' : 'has no images in its sub-folders'}${firstProblem(scan.problems)}.`,
    {
      subject: target,
      next: list
        ? 'Its paths start at the folder that the list lies in.'
        : 'Give it one sub-folder of JPEG, PNG, WebP, GIF, BMP or TIFF images per class.',
    },
  );
}
