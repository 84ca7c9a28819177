import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { systemCode } from './file-error';

/** Whether a symbolic link at the end of a path is followed; nothing in `.coop` is read or written through one. */
export type Links = 'follow' | 'refuse';

const { O_RDONLY, O_CREAT } = constants;
/** A pipe of the same name would let `open` wait for a writer for ever. Windows has neither flag. */
const NONBLOCK = constants.O_NONBLOCK ?? 0;
const NOFOLLOW = constants.O_NOFOLLOW ?? 0;
const NEW_FILE_MODE = 0o666;

/**
 * Opens a regular file and nothing else: a pipe, a device or a socket is not even opened, since that alone may wait,
 * wind a tape or make a terminal.
 * @throws Error of the system, or one whose message says in words what stands there
 */
export async function openRegularFile(
  path: string,
  { flags = O_RDONLY, links = 'follow' }: { readonly flags?: number; readonly links?: Links } = {},
): Promise<FileHandle> {
  const before = await factsOf(path, links).catch((thrown: unknown) => {
    if ((flags & O_CREAT) !== 0 && systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (before !== undefined) refuseIrregular(before);
  const handle = await open(
    path,
    flags | NONBLOCK | (links === 'refuse' ? NOFOLLOW : 0),
    NEW_FILE_MODE,
  ).catch((thrown: unknown) => {
    // It became a link this moment.
    if (links === 'refuse' && systemCode(thrown) === 'ELOOP') throw new Error(LINK);
    throw thrown;
  });
  try {
    refuseIrregular(await handle.stat());
    return handle;
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

/** @throws Error that says what stands there in place of a file */
export function refuseIrregular(facts: Stats): void {
  if (facts.isFile()) return;
  if (facts.isSymbolicLink()) throw new Error(LINK);
  if (facts.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  throw new Error('it is a pipe or a device, not a file');
}

const LINK = 'it is a symbolic link, and links are not followed here';

function factsOf(path: string, links: Links): Promise<Stats> {
  return links === 'follow' ? stat(path) : lstat(path);
}
