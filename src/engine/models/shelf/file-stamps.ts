import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** File systems keep times in ticks of their own. */
const CLOCK_TICK_MS = 20;

/**
 * What a change to files or folders shows in: size, time of change and inode of each; for a folder that of its own list of
 * names. What is not there has a stamp too.
 */
export async function fileStamps(files: Iterable<string>): Promise<string> {
  const stamps = await Promise.all([...files].map(stampOf));
  return stamps.join('\n');
}

/** Whether one of them changed at or after a time (milliseconds since 1970), or within the tick before it. */
export async function changedSince(files: Iterable<string>, time: number): Promise<boolean> {
  const times = await Promise.all(
    [...files].map(file =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => Number.POSITIVE_INFINITY,
      ),
    ),
  );
  return times.some(changed => changed >= time - CLOCK_TICK_MS);
}

/** Stamps of a model's folder and everything directly inside it, or of a model's one file. */
export async function modelStamp(place: string): Promise<string> {
  const names = await readdir(place).catch(() => []);
  return fileStamps([place, ...names.sort().map(name => path.join(place, name))]);
}

async function stampOf(file: string): Promise<string> {
  try {
    const { size, mtimeNs, ino } = await stat(file, { bigint: true });
    return `${file} ${size} ${mtimeNs} ${ino}`;
  } catch {
    return `${file} –`;
  }
}
