import { lstatSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { homeFolder, userCacheFolder } from './home-folder';

/**
 * Where features, hashes and thumbnails are kept: $COOP_CACHE_DIR, else the operating system's cache folder, else one among
 * its temporary files.
 */
export function cacheFolder(): string {
  const { COOP_CACHE_DIR, LOCALAPPDATA } = process.env;
  if (COOP_CACHE_DIR !== undefined && COOP_CACHE_DIR !== '') return path.resolve(COOP_CACHE_DIR);
  const home = homeFolder();
  if (process.platform === 'win32' && (LOCALAPPDATA !== undefined || home !== null))
    return path.join(LOCALAPPDATA ?? path.join(home!, 'AppData', 'Local'), 'coop');
  if (process.platform === 'darwin' && home !== null) return path.join(home, 'Library', 'Caches', 'coop');
  const caches = userCacheFolder();
  return caches === null ? temporaryFolder() : path.join(caches, 'coop');
}

let own: string | undefined;

/** Everyone may write to the folder of temporary files: one of another user's is not taken for ours. */
function temporaryFolder(): string {
  const user = process.getuid?.() ?? 0;
  const folder = path.join(os.tmpdir(), `coop-${user}`);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined || (found.isDirectory() && found.uid === user)) return folder;
  own ??= mkdtempSync(path.join(os.tmpdir(), 'coop-'));
  return own;
}
