import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode, writeError } from './file-error';
import { type Links, openRegularFile, refuseIrregular } from './open-regular';

const LEFTOVER = /^\..+\.\d+-[0-9a-f]{12}\.tmp$/;
/** All that is written in one step is written in far less. */
const ABANDONED_MS = 3_600_000;
const NEW_FILE_MODE = 0o666;
const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
const LINE_FEED = 0x0a;
const TAIL_BYTES = 64 * 1024;
/** No line that was begun by `appendLines` comes near this; a longer search is for nothing (CWE-770). */
const MAX_TORN_BYTES = 64 * 2 ** 20;
/** Waits in milliseconds before a rename is tried again; virus scanners and indexers on Windows hold files this long. */
const RENAME_WAITS = [10, 30, 100, 300, 600];

/**
 * Replaces a file in one step: whoever reads it, and a crash or a power cut at any moment, meets either the old
 * bytes or the new ones. A temporary file in the same folder is written, flushed to the disk and renamed; then the
 * folder is flushed. A symbolic link stays and its target is replaced, unless links are refused; an existing file keeps
 * its permissions. What stands there and is no regular file (a device, a pipe, a folder) is refused.
 * @throws CoopError `disk.full`, `file.access`; the temporary file is removed and the old file is unharmed
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  links: Links = 'follow',
): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  await replaceFile(
    path,
    async handle => {
      await writeAll(handle, bytes);
    },
    links,
  );
}

/** As `writeFileAtomic`, for content written piece by piece: `write` gets the temporary file, empty and open. */
export async function replaceFile(
  path: string,
  write: (handle: FileHandle) => Promise<void>,
  links: Links = 'follow',
): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = links === 'follow' ? await linkTarget(path) : path;
    const mode = await modeOf(target);
    temporary = temporaryName(target);
    const handle = await open(temporary, 'wx', mode ?? NEW_FILE_MODE);
    try {
      await write(handle);
      if (mode !== undefined) await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameOver(temporary, target);
    temporary = undefined;
    await syncFolder(dirname(target));
  } catch (thrown) {
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined);
    throw writeError(thrown, path);
  }
}

/**
 * Appends lines and their line feeds with a single write, so that a crash can tear the last line only. A torn last
 * line left by a crash is cut off first: no reader has counted it (a line ends with a line feed). One writer at a time.
 * A symbolic link is refused.
 * @param options.sync flushes the file to the disk before returning
 * @throws CoopError `disk.full`, `file.access`; the file then ends as before
 */
export async function appendLines(
  path: string,
  lines: readonly string[],
  options: { readonly sync?: boolean } = {},
): Promise<void> {
  if (lines.some(line => line.includes('\n'))) throw new RangeError('a line holds no line feed');
  try {
    const handle = await openRegularFile(path, { flags: APPEND, links: 'refuse' });
    try {
      const end = await cutTornLine(handle);
      try {
        await writeAll(handle, Buffer.from(lines.map(line => `${line}\n`).join(''), 'utf8'));
        if (options.sync === true) await handle.sync();
      } catch (thrown) {
        await handle.truncate(end).catch(() => undefined);
        throw thrown;
      }
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw writeError(thrown, path);
  }
}

/**
 * Removes temporary files and directories that killed processes left in a folder. The caller says from which age on
 * they cannot belong to a living writer: 0 for whoever holds the folder's lock.
 * @returns how many were removed; a folder that is missing, cannot be listed or is a link to another place has none
 */
export async function removeLeftovers(
  folder: string,
  olderThanMilliseconds: number = ABANDONED_MS,
): Promise<number> {
  const linked = await lstat(folder).then(
    facts => facts.isSymbolicLink(),
    () => true,
  );
  const names = linked ? [] : await readdir(folder).catch(() => []);
  const newest = Date.now() - olderThanMilliseconds;
  let removed = 0;
  for (const name of names) {
    if (!LEFTOVER.test(name)) continue;
    const path = join(folder, name);
    try {
      if ((await lstat(path)).mtimeMs > newest) continue;
      await rm(path, { recursive: true });
      removed += 1;
    } catch {
      // Another process was faster, or the file is not ours to remove.
    }
  }
  return removed;
}

/** Where something is made that will be renamed to `target`; `removeLeftovers` knows it. */
export function temporaryName(target: string): string {
  const unique = randomBytes(6).toString('hex');
  // A long base name plus the suffix must stay below the 255 bytes of common file systems.
  const base = Buffer.from(basename(target)).subarray(0, 200).toString('utf8').replaceAll('\ufffd', '');
  return join(dirname(target), `.${base}.${process.pid}-${unique}.tmp`);
}

async function linkTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return path;
    throw thrown;
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    const facts = await lstat(path);
    refuseIrregular(facts);
    return facts.mode & 0o7777;
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}

/** Returns the length after the last line feed, to which the file is cut when it is longer. */
async function cutTornLine(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const tail = Buffer.alloc(TAIL_BYTES);
  let end = size;
  while (end > 0) {
    if (size - end > MAX_TORN_BYTES) throw new Error('it does not end in lines of text');
    const from = Math.max(0, end - TAIL_BYTES);
    const { bytesRead } = await handle.read(tail, 0, end - from, from);
    const at = tail.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
    if (at >= 0) {
      end = from + at + 1;
      break;
    }
    end = from;
  }
  if (end < size) await handle.truncate(end);
  return end;
}

async function renameOver(from: string, to: string): Promise<void> {
  for (const wait of RENAME_WAITS) {
    try {
      await rename(from, to);
      return;
    } catch (thrown) {
      const code = systemCode(thrown);
      const heldByAnother = code === 'EPERM' || code === 'EACCES' || code === 'EBUSY';
      if (process.platform !== 'win32' || !heldByAnother) throw thrown;
      await sleep(wait);
    }
  }
  await rename(from, to);
}

/** Makes the rename itself durable. Windows has no such call, and some network file systems refuse it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync();
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EPERM' && code !== 'EBADF') throw thrown;
  } finally {
    await handle?.close();
  }
}
