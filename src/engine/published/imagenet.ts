import path from 'node:path';
import { assembleScan } from '../dataset/assemble-scan';
import { promptName } from '../dataset/classes';
import { entriesOf, filesBelow, type Walk } from '../dataset/image-files';
import { byCodeUnits, type Candidate, MAX_ENTRIES, type Scan, type ScanOptions } from '../dataset/scan';
import type { Part } from '../dataset/split';
import { readClassNames } from './class-names';
import type { DataSetLayout } from './data-sets';

type Layout<Kind extends DataSetLayout['kind']> = Extract<DataSetLayout, { readonly kind: Kind }>;

/**
 * ImageNet as CoOp lays it out: train is what shots are drawn from, and val is the test part, as in the paper.
 * @throws as `assembleScan`; CoopError `classes.invalid`
 */
export async function scanImageNet(
  folder: string,
  layout: Layout<'imagenet'>,
  options: ScanOptions,
): Promise<Scan> {
  const root = path.join(folder, path.posix.dirname(layout.train.path));
  const names = await readClassNames(path.join(folder, layout.names.path));
  const walk = walkOf(options);
  const parts: readonly (readonly [place: string, part: Part])[] = [
    [path.posix.basename(layout.train.path), 'pool'],
    [path.posix.basename(layout.val.path), 'test'],
  ];
  const candidates: Candidate[] = [];
  const folders = new Map<string, string>();
  for (const [place, part] of parts) {
    for (const id of (await classFolders(root, place, walk)).sort(byCodeUnits)) {
      if (!folders.has(id)) folders.set(id, `${place}/${id}`);
      for (const file of await sortedFiles(root, `${place}/${id}`, walk))
        candidates.push({ path: file, folder: id, part });
    }
  }
  const classes = [...folders.keys()].sort(byCodeUnits).map(id => ({ folder: id, name: nameOf(names, id) }));
  const { problems } = walk;
  return assembleScan({ root, layout: 'published', candidates, problems, folders, classes }, options);
}

/**
 * A shifted ImageNet: whole, for a prompt that was learned elsewhere. Classes are the folders that are there: all thousand,
 * or the 200 of ImageNet-A and ImageNet-R.
 * @throws as `assembleScan`; CoopError `classes.invalid`
 */
export async function scanTarget(
  folder: string,
  layout: Layout<'target'>,
  options: ScanOptions,
): Promise<Scan> {
  const root = path.join(folder, layout.images.path);
  const names = await readClassNames(path.join(folder, layout.names.path));
  const ids = [...names.keys()];
  const walk = walkOf(options);
  const found = await classFolders(root, '', walk);
  const byNumber = layout.folders === 'number';
  const ordered = byNumber
    ? found.filter(name => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b))
    : found.sort(byCodeUnits);
  const candidates: Candidate[] = [];
  for (const each of ordered)
    for (const file of await sortedFiles(root, each, walk))
      candidates.push({ path: file, folder: each, part: undefined });
  const classes = ordered.map(each => ({
    folder: each,
    name: nameOf(names, byNumber ? (ids[Number(each)] ?? each) : each),
  }));
  const folders = new Map(ordered.map(each => [each, each]));
  const { problems } = walk;
  return assembleScan({ root, layout: 'classes', candidates, problems, folders, classes }, options);
}

function walkOf({ signal, limits }: ScanOptions): Walk {
  return { problems: [], left: limits?.maxEntries ?? MAX_ENTRIES, signal };
}

function nameOf(names: ReadonlyMap<string, string>, id: string): string {
  return names.get(id) ?? promptName(id);
}

async function classFolders(root: string, place: string, walk: Walk): Promise<string[]> {
  const folders: string[] = [];
  for await (const { name, kind } of entriesOf(root, place, walk)) if (kind === 'folder') folders.push(name);
  return folders;
}

async function sortedFiles(root: string, place: string, walk: Walk): Promise<string[]> {
  const files: string[] = [];
  for await (const file of filesBelow(root, place, walk)) files.push(file);
  return files.sort(byCodeUnits);
}
