import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openRegularFile } from '../../files/disk/open-regular';

/** Backup programs pass over folders with this file, too (Cache Directory Tagging Specification, bford.info/cachedir). */
const NAME = 'CACHEDIR.TAG';
const TEXT = `Signature: 8a477f597d28d172789f06886806bc55
# Features of images, made by CoOp for VS Code, which removes them again when they take too much room.
`;

/** Says of a folder of the cache that this program made it. A mark that is there stays. */
export async function markFolder(folder: string): Promise<void> {
  await writeFile(path.join(folder, NAME), TEXT, { flag: 'wx' }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown;
  });
}

/** True for a folder that `markFolder` marked: the mark is a file of the very text. */
export async function isMarked(folder: string): Promise<boolean> {
  try {
    const handle = await openRegularFile(path.join(folder, NAME), { links: 'refuse' });
    try {
      return (await handle.stat()).size === TEXT.length && (await readFile(handle, 'utf8')) === TEXT;
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}

/** The mark's own name among a folder's files. */
export const isMark = (name: string): boolean => name === NAME;
