import path from 'node:path';
import { scanCoopSplit } from '../dataset/scan-coop-split';
import type { Scan } from '../dataset/scan-folder';
import { scanImages } from '../published/scan-images';
import { imagesPath, type Project } from './open-project';
import type { Work } from './work';

/**
 * Scans the images of a document, their classes named as its `@classes` says; those that a split file names, where
 * `@split coop` gives one.
 * @throws CoopError `images.*`, `classes.invalid`, `manifest.invalid`, `split.invalid`, `file.*`; the signal's reason
 */
export async function scanDocument(project: Project, work: Work = {}): Promise<Scan> {
  const { classes, split } = project.document.directives;
  const named = classes === 'auto' ? {} : { classesFile: path.resolve(project.folder, classes) };
  const options = { ...work, ...named };
  if (split.kind !== 'coop') return scanImages(imagesPath(project), options);
  return scanCoopSplit(path.resolve(project.folder, split.file), imagesPath(project), options);
}

/** What the Images view and `coop scan` show of a scan. */
export function scanResult({ images: _, columns: __, ...result }: Scan) {
  return result;
}
