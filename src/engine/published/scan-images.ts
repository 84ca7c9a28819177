import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { scanCoopSplit, scanSplit } from '../dataset/scan-coop-split';
import { type Scan, type ScanOptions, scanFolder } from '../dataset/scan-folder';
import { readAircraft, VARIANTS } from './aircraft';
import { DATA_SETS, type DataSet } from './data-sets';
import { scanImageNet, scanTarget } from './imagenet';
import { scanWithoutSplit, WITHOUT_SPLIT } from './without-split';

/**
 * As `scanFolder`; the folder of a data set of CoOp's experiments, as its authors lay it out, is read as they read it:
 * images, names, order and parts of the paper.
 * @throws as `scanFolder` and `scanCoopSplit`
 */
export async function scanImages(folder: string, options: ScanOptions = {}): Promise<Scan> {
  const root = path.resolve(folder);
  const known = await knownDataSet(root);
  return known === null ? scanFolder(folder, options) : scanDataSet(root, known, options);
}

async function scanDataSet(root: string, { name, layout }: DataSet, options: ScanOptions): Promise<Scan> {
  switch (layout.kind) {
    case 'split': {
      const without = WITHOUT_SPLIT.get(name);
      if (without !== undefined && !(await has(root, [layout.split.path]))) {
        const images = path.join(root, layout.start);
        return scanWithoutSplit(root, images, without, layout.split.path, options);
      }
      return scanCoopSplit(path.join(root, layout.split.path), path.join(root, layout.start), options);
    }
    case 'aircraft': {
      const images = path.join(root, layout.images.path);
      return scanSplit(await readAircraft(root), path.join(root, VARIANTS), images, options);
    }
    case 'imagenet':
      return scanImageNet(root, layout, options);
    case 'target':
      return scanTarget(root, layout, options);
  }
}

/** The data set whose folder this is, by what only it has; null for any other folder. */
export async function knownDataSet(root: string): Promise<DataSet | null> {
  for (const dataSet of DATA_SETS) if (await isFolderOf(root, dataSet)) return dataSet;
  return null;
}

async function isFolderOf(root: string, { name, layout }: DataSet): Promise<boolean> {
  switch (layout.kind) {
    case 'split':
      return (await has(root, [layout.split.path])) || has(root, WITHOUT_SPLIT.get(name)?.marks ?? [null]);
    case 'aircraft':
      return has(
        root,
        layout.lists.map(list => list.path),
      );
    case 'imagenet':
      return (
        (await has(root, [layout.val.path])) &&
        hasWordNetIds(await namesIn(path.join(root, layout.train.path)))
      );
    case 'target': {
      const names = await namesIn(path.join(root, layout.images.path));
      return layout.folders === 'number' ? names.size > 0 : hasWordNetIds(names);
    }
  }
}

async function has(root: string, paths: readonly (string | null)[]): Promise<boolean> {
  for (const place of paths) {
    if (place === null) return false;
    try {
      await stat(path.join(root, place));
    } catch {
      return false;
    }
  }
  return true;
}

function hasWordNetIds(names: ReadonlySet<string>): boolean {
  return [...names].some(name => /^n\d{8}$/.test(name));
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(folder).catch(() => []));
}
