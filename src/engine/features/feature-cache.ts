import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from '../data/images/crc32';
import { cacheFolder } from './cache-folder';

/** What a feature depends on besides the image's bytes. */
export interface FeatureKey {
  readonly modelHash: string;
  /** `preprocessingKey` of the model's preprocessing. */
  readonly preprocessing: string;
  /** `test` for the test transform; other views have names of their own. */
  readonly view: string;
}

export interface FeatureCache {
  /** [E] as the tower gave it, by the sha256 of the file. */
  get(fileHash: string): Float32Array | undefined;
  put(fileHash: string, values: Float32Array): void;
  /** Writes what was put; says once why nothing can be kept, and goes on without. */
  flush(): Promise<void>;
  readonly size: number;
}

const HASH_BYTES = 32;
const CHECK_BYTES = 4;
/** Features of 200,000 images of width 1024 and their hashes; the least recently used folders go first. */
const MAX_BYTES = 2 ** 30;

/**
 * Opens the features of one model and preprocessing. A file is a row of records, hash (32 bytes), values (E float32)
 * and CRC-32; each process appends to a file of its own, so that processes do not meet and a kill tears at most the
 * last record, which is then ignored.
 */
export async function openFeatureCache(
  key: FeatureKey,
  width: number,
  root: string = path.join(cacheFolder(), 'features'),
): Promise<FeatureCache> {
  const name = createHash('sha256').update(
    JSON.stringify([key.modelHash, key.preprocessing, key.view, width]),
  );
  const folder = path.join(root, name.digest('hex').slice(0, 32));
  const known = new Map<string, Float32Array>();
  for (const file of await names(folder)) readRecords(await contentOf(path.join(folder, file)), width, known);
  const now = new Date();
  await utimes(folder, now, now).catch(() => undefined);
  const own = path.join(folder, `${process.pid}-${Date.now().toString(36)}.features`);
  let fresh: { readonly hash: string; readonly values: Float32Array }[] = [];
  return {
    get: hash => known.get(hash),
    put(hash, values) {
      if (known.has(hash)) return;
      known.set(hash, values);
      fresh.push({ hash, values });
    },
    async flush() {
      if (fresh.length === 0) return;
      const records = Buffer.concat(fresh.map(({ hash, values }) => recordOf(hash, values)));
      fresh = [];
      try {
        await mkdir(folder, { recursive: true });
        await appendFile(own, records);
        await evict(root, folder);
      } catch {
        // A cache that cannot be written costs time, never results.
      }
    },
    get size() {
      return known.size;
    },
  };
}

function recordOf(hash: string, values: Float32Array): Buffer {
  const body = Buffer.concat([
    Buffer.from(hash, 'hex'),
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  ]);
  const check = Buffer.alloc(CHECK_BYTES);
  check.writeUInt32LE(crc32(body));
  return Buffer.concat([body, check]);
}

function readRecords(bytes: Uint8Array, width: number, into: Map<string, Float32Array>): void {
  const length = HASH_BYTES + width * 4 + CHECK_BYTES;
  for (let at = 0; at + length <= bytes.length; at += length) {
    const body = bytes.subarray(at, at + length - CHECK_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset + at + length - CHECK_BYTES);
    // Past a damaged record nothing in this file can be trusted to be aligned.
    if (view.getUint32(0, true) !== crc32(body)) return;
    // A copy: the record need not be aligned, and a Buffer's own slice would share its memory.
    const values = new Float32Array(Uint8Array.from(body.subarray(HASH_BYTES)).buffer);
    into.set(Buffer.from(body.subarray(0, HASH_BYTES)).toString('hex'), values);
  }
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.features'));
}

async function contentOf(file: string): Promise<Uint8Array> {
  return readFile(file).catch(() => new Uint8Array());
}

/** Removes the least recently used folders until the rest fits; never the one in use. */
async function evict(root: string, used: string): Promise<void> {
  const folders = await Promise.all(
    (await readdir(root)).map(async name => {
      const folder = path.join(root, name);
      const files = await Promise.all((await names(folder)).map(file => stat(path.join(folder, file))));
      const { mtimeMs } = await stat(folder);
      return { folder, mtimeMs, bytes: files.reduce((sum, { size }) => sum + size, 0) };
    }),
  );
  let total = folders.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { folder, bytes } of folders.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (total <= MAX_BYTES) return;
    if (folder === used) continue;
    await rm(folder, { recursive: true, force: true });
    total -= bytes;
  }
}
