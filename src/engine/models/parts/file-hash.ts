import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { readError } from '../../../files/disk/file-error';

/** Path, size and time of change → sha256, for as long as the process lives. */
const known = new Map<string, Promise<string>>();

const CHUNK_BYTES = 1 << 20;

/**
 * sha256 (hex) of a file's bytes, read in pieces; computed once for a path, size and time of change.
 * @throws CoopError `file.access`
 */
export async function fileHash(path: string): Promise<string> {
  let key: string;
  try {
    const { size, mtimeNs } = await stat(path, { bigint: true });
    key = `${size} ${mtimeNs} ${path}`;
  } catch (thrown) {
    throw readError(thrown, path);
  }
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered;
  const computed = hashBytes(path);
  known.set(key, computed);
  computed.catch(() => known.delete(key));
  return computed;
}

async function hashBytes(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: CHUNK_BYTES }), hash);
  } catch (thrown) {
    throw readError(thrown, path);
  }
  return hash.digest('hex');
}
