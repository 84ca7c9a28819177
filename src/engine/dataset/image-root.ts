import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { causeInWords } from '../../files/disk/file-error';
import { CoopError } from '../../shared/errors';

/** @throws CoopError `images.folder` for what is not there or cannot be reached */
export async function rootFacts(root: string): Promise<Stats> {
  return stat(root).catch((thrown: unknown) => {
    throw noFolder(root, causeInWords(thrown), thrown);
  });
}

/** @throws CoopError `images.folder` */
export async function requireFolder(root: string): Promise<void> {
  if (!(await rootFacts(root)).isDirectory()) throw noFolder(root, 'it is no folder');
}

export function noFolder(root: string, why: string, cause?: unknown): CoopError {
  return new CoopError('images.folder', `${root} cannot be read: ${why}.`, {
    subject: root,
    next: 'Write the path of a folder with one sub-folder of images per class after @images.',
    ...(cause === undefined ? {} : { cause }),
  });
}
