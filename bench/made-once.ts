import { existsSync, mkdirSync, renameSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * A folder that benchmarks share, made once in the temporary folder, whole or not at all.
 * @param name tells what is in it, its version too
 * @param fill writes its files into the folder given
 */
export async function madeOnce(
  name: string,
  fill: (folder: string) => void | Promise<void>,
): Promise<string> {
  const folder = path.join(os.tmpdir(), 'coop-bench', name);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  await fill(partial);
  renameSync(partial, folder);
  return folder;
}
