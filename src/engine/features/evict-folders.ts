import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Removes the least recently used folders (by their modification time) until the rest fits; never `used`. What another
 * process removes or holds meanwhile is passed over.
 */
export async function evictFolders(root: string, used: string, maxBytes: number): Promise<void> {
  const names = await readdir(root).catch(() => []);
  const folders = (await Promise.all(names.map(name => measure(path.join(root, name))))).flat();
  let total = folders.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { folder, bytes } of folders.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (total <= maxBytes) return;
    if (path.resolve(folder) === path.resolve(used)) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    total -= bytes;
  }
}

async function measure(folder: string) {
  try {
    const { mtimeMs } = await stat(folder);
    const files = await readdir(folder);
    const sizes = await Promise.all(
      files.map(file =>
        stat(path.join(folder, file)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    return [{ folder, mtimeMs, bytes: sizes.reduce((sum, size) => sum + size, 0) }];
  } catch {
    return [];
  }
}
