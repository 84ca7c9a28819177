import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { scanCoopSplit, scanSplit } from '../dataset/scan-coop-split';
import { type Scan, type ScanOptions, scanFolder } from '../dataset/scan-folder';
import { readAircraft, VARIANTS } from './aircraft';
import { DATA_SETS, type DataSet } from './data-sets';
import { scanImageNet, scanTarget } from './imagenet';

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

async function scanDataSet(root: string, { layout }: DataSet, options: ScanOptions): Promise<Scan> {
  switch (layout.kind) {
    case 'split':
      return scanCoopSplit(path.join(root, layout.split.path), path.join(root, layout.start), options);
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

/** The data set whose folder this is, by the files that only it has; null for any other folder. */
async function knownDataSet(root: string): Promise<DataSet | null> {
  const names = await namesIn(root);
  const inner = names.has('images') ? await namesIn(path.join(root, 'images')) : new Set<string>();
  const train =
    inner.has('train') && inner.has('val') ? await namesIn(path.join(root, 'images/train')) : inner;
  const matches = ({ layout }: DataSet): boolean => {
    switch (layout.kind) {
      case 'split':
        return names.has(layout.split.path);
      case 'aircraft':
        return layout.lists.every(list => names.has(list.path));
      case 'imagenet':
        return train !== inner && hasWordNetIds(train);
      case 'target':
        return layout.images.path === 'images' ? hasWordNetIds(inner) : names.has(layout.images.path);
    }
  };
  return DATA_SETS.find(matches) ?? null;
}

function hasWordNetIds(names: ReadonlySet<string>): boolean {
  return [...names].some(name => /^n\d{8}$/.test(name));
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(folder).catch(() => []));
}
