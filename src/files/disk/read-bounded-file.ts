import type { FileHandle } from 'node:fs/promises';
import { CoopError } from '../../shared/errors';
import { readError } from './file-error';
import { type Links, openRegularFile } from './open-regular';

const CHUNK_BYTES = 1 << 20;

/**
 * Reads a whole file of at most `maxBytes`; a larger one is refused before any memory is taken for it, and one that
 * grows meanwhile as soon as it passes the limit (CWE-770).
 * @throws CoopError `file.access`, also for what is no regular file; `file.limit`
 */
export async function readBoundedFile(
  path: string,
  maxBytes: number,
  links: Links = 'follow',
): Promise<Buffer> {
  try {
    const handle = await openRegularFile(path, { links });
    try {
      const { size } = await handle.stat();
      if (size > maxBytes) throw tooLarge(path, size, maxBytes);
      return await readUpTo(handle, path, size, maxBytes);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw readError(thrown, path);
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
