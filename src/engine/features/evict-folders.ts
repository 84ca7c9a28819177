import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { isMark, isMarked } from './cache-mark';

/**
 * Removes the least recently used folders (by their modification time) until the rest fits; never `used`. Only folders
 * that carry this program's mark count, and of them only the files that it writes: whatever else lies there, or stands
 * beside them, is somebody's and stays. What another process removes or holds meanwhile is passed over.
 * @param isOwn tells by its name that a file is the cache's
 */
export async function evictFolders(
  root: string,
  used: string,
  maxBytes: number,
  isOwn: (name: string) => boolean,
): Promise<void> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter(entry => entry.isDirectory()).map(({ name }) => path.join(root, name));
  const measured = (await Promise.all(folders.map(folder => measure(folder, isOwn)))).flat();
  let total = measured.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { folder, files, bytes } of measured.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (total <= maxBytes) return;
    if (path.resolve(folder) === path.resolve(used)) continue;
    await remove(folder, files).catch(() => undefined);
    total -= bytes;
  }
}

/** The mark goes last but the folder, so that what is half removed can be gone on with. */
async function remove(folder: string, files: readonly string[]): Promise<void> {
  const marksLast = [...files].sort((a, b) => Number(isMark(a)) - Number(isMark(b)));
  const left = (await readdir(folder)).filter(name => !files.includes(name));
  for (const name of marksLast)
    if (left.length === 0 || !isMark(name)) await rm(path.join(folder, name), { force: true });
  if (left.length === 0) await rmdir(folder);
}

async function measure(folder: string, isOwn: (name: string) => boolean) {
  try {
    if (!(await isMarked(folder))) return [];
    const { mtimeMs } = await lstat(folder);
    const entries = await readdir(folder, { withFileTypes: true });
    const files = entries
      .filter(entry => entry.isFile() && (isOwn(entry.name) || isMark(entry.name)))
      .map(({ name }) => name);
    const sizes = await Promise.all(
      files.map(name =>
        lstat(path.join(folder, name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    return [{ folder, files, mtimeMs, bytes: sizes.reduce((sum, size) => sum + size, 0) }];
  } catch {
    return [];
  }
}
