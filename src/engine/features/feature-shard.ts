import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from '../io/crc32';

/**
 * A shard is a row of records of one length: sha256 of the image file (32 bytes), E float32 (little-endian), CRC-32 of
 * both. Records are only ever appended, so a kill tears at most the last one, which is then too short to be counted.
 */
const HASH_BYTES = 32;
const CHECK_BYTES = 4;
const READ_BYTES = 1 << 20;

export function recordBytes(width: number): number {
  return HASH_BYTES + width * 4 + CHECK_BYTES;
}

/** Records of several features, ready to be appended. */
export function encodeRecords(records: readonly (readonly [hash: string, values: Float32Array])[]): Buffer {
  const width = records[0]?.[1].length ?? 0;
  const length = recordBytes(width);
  const out = Buffer.alloc(records.length * length);
  for (const [at, [hash, values]] of records.entries()) {
    const record = out.subarray(at * length, (at + 1) * length);
    record.write(hash, 'hex');
    record.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), HASH_BYTES);
    record.writeUInt32LE(crc32(record.subarray(0, length - CHECK_BYTES)), length - CHECK_BYTES);
  }
  return out;
}

/** All whole records of a shard with their place, in order; they are not checked. Reads piece by piece. */
export async function* shardRecords(
  file: string,
  width: number,
): AsyncGenerator<{ readonly at: number; readonly record: Buffer }> {
  const length = recordBytes(width);
  const handle = await open(file, 'r');
  try {
    const piece = Buffer.allocUnsafe(Math.max(1, Math.floor(READ_BYTES / length)) * length);
    for (let at = 0; ; ) {
      const filled = await fill(handle, piece, at);
      for (let from = 0; from + length <= filled; from += length)
        yield { at: at + from, record: piece.subarray(from, from + length) };
      if (filled < piece.length) return;
      at += filled;
    }
  } finally {
    await handle.close();
  }
}

async function fill(handle: FileHandle, piece: Buffer, at: number): Promise<number> {
  let filled = 0;
  while (filled < piece.length) {
    const { bytesRead } = await handle.read(piece, filled, piece.length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

export function hashOfRecord(record: Buffer): string {
  return record.toString('hex', 0, HASH_BYTES);
}

/** True when the check sum is that of the rest. */
export function isWhole(record: Buffer): boolean {
  return record.readUInt32LE(record.length - CHECK_BYTES) === crc32(record.subarray(0, -CHECK_BYTES));
}

/** The features of one record; undefined when it is damaged or not there. */
export function readRecord(
  descriptor: number,
  at: number,
  hash: string,
  width: number,
): Float32Array | undefined {
  const record = Buffer.alloc(recordBytes(width));
  if (readSync(descriptor, record, 0, record.length, at) !== record.length) return undefined;
  if (hashOfRecord(record) !== hash || !isWhole(record)) return undefined;
  const values = new Float32Array(width);
  new Uint8Array(values.buffer).set(record.subarray(HASH_BYTES, HASH_BYTES + width * 4));
  return values;
}
