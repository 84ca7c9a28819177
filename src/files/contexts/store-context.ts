import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { contextFile } from '../coop-folder';
import { removeLeftovers, writeFileAtomic } from '../disk/atomic-file';
import { writeError } from '../disk/file-error';
import { refuseLinks } from '../disk/refuse-links';
import { contextBytes, type LearnedContext } from './learned-context';

/**
 * Puts a context where templates find it, in place of one of the same name; not through a link.
 * @returns its file
 * @throws CoopError `context.missing` for a name that is no file name; `file.access`, `disk.full`
 */
export async function storeContext(
  documentFolder: string,
  name: string,
  context: LearnedContext,
): Promise<string> {
  const file = contextFile(documentFolder, name);
  const folder = path.dirname(file);
  await refuseLinks([path.dirname(folder), folder]);
  try {
    await mkdir(folder, { recursive: true });
  } catch (thrown) {
    throw writeError(thrown, folder);
  }
  await writeFileAtomic(file, contextBytes(context), 'refuse');
  await removeLeftovers(folder);
  return file;
}
