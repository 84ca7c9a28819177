import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CoopError } from '../../shared/errors';
import { readError } from './file-error';

/** A pipe of the same name would let `open` wait for a writer for ever. Windows has neither. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const CHUNK_BYTES = 1 << 20;

/**
 * Reads a whole file of at most `maxBytes`; a larger one is refused before any memory is taken for it, and one that
 * grows meanwhile as soon as it passes the limit (CWE-770).
 * @throws CoopError `file.access`, also for what is no regular file; `file.limit`
 */
export async function readBoundedFile(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const handle = await openRegularFile(path);
    try {
      const facts = await handle.stat();
      if (facts.size > maxBytes) throw tooLarge(path, facts.size, maxBytes);
      return await readUpTo(handle, path, facts.size, maxBytes);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw readError(thrown, path);
  }
}

/**
 * Opens a file for reading, without waiting where a pipe or a device has taken its place.
 * @throws the system's error; an Error for what is no regular file
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  const handle = await open(path, OPEN_FLAGS);
  try {
    const facts = await handle.stat();
    if (facts.isFile()) return handle;
    if (facts.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    throw new Error('it is a pipe or a device, not a file');
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

async function readUpTo(handle: FileHandle, path: string, size: number, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let total = 0;
  let room = size + 1;
  for (;;) {
    const piece = Buffer.allocUnsafe(Math.max(room, 1));
    const { bytesRead } = await handle.read(piece, 0, piece.length);
    if (bytesRead === 0) return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    pieces.push(piece.subarray(0, bytesRead));
    total += bytesRead;
    if (total > maxBytes) throw tooLarge(path, total, maxBytes);
    room = total < size + 1 ? size + 1 - total : CHUNK_BYTES;
  }
}

function tooLarge(path: string, bytes: number, maxBytes: number): CoopError {
  return new CoopError(
    'file.limit',
    `${path} has ${inWords(bytes)}; at most ${inWords(maxBytes)} are read.`,
    {
      subject: path,
      next: 'Check that this is the file you meant.',
    },
  );
}

const inWords = (bytes: number) =>
  bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MB` : `${Math.ceil(bytes / 2 ** 10)} kB`;
