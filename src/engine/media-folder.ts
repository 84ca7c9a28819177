import { existsSync } from 'node:fs';
import path from 'node:path';

/** A folder of `media`, beside the bundle or the sources; null in a package without it. */
export function mediaFolder(name: string): string | null {
  for (const up of ['..', '../..']) {
    const folder = path.resolve(__dirname, up, 'media', name);
    if (existsSync(folder)) return folder;
  }
  return null;
}
