import os from 'node:os';
import path from 'node:path';

/** Where features, hashes and thumbnails are kept: $COOP_CACHE_DIR, else the operating system's cache folder. */
export function cacheFolder(): string {
  const { COOP_CACHE_DIR, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (COOP_CACHE_DIR !== undefined && COOP_CACHE_DIR !== '') return path.resolve(COOP_CACHE_DIR);
  if (process.platform === 'win32')
    return path.join(LOCALAPPDATA ?? path.join(os.homedir(), 'AppData', 'Local'), 'coop');
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches', 'coop');
  return path.join(XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'coop');
}
