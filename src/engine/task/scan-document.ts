import path from 'node:path';
import { type Scan, scanFolder } from '../dataset/scan-folder';
import { imagesPath, type Project } from './open-project';
import type { Work } from './work';

/**
 * Scans the images of a document, their classes named as its `@classes` says.
 * @throws CoopError `images.*`, `classes.invalid`, `manifest.invalid`, `file.*`; the signal's reason
 */
export async function scanDocument(project: Project, work: Work = {}): Promise<Scan> {
  const { classes } = project.document.directives;
  const named = classes === 'auto' ? {} : { classesFile: path.resolve(project.folder, classes) };
  return scanFolder(imagesPath(project), { ...work, ...named });
}

/** What the Images view and `coop scan` show of a scan. */
export function scanResult({ images: _, columns: __, ...result }: Scan) {
  return result;
}
