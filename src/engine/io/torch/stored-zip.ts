import type { ByteSource } from './byte-source';

const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_PLACE = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const END_64_BYTES = 56;
const END_64_PLACE_BYTES = 20;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_COMMENT = 0xffff;
const MAX_ENTRIES = 100_000;
/** 100,000 entries with names of 500 letters. */
const MAX_DIRECTORY_BYTES = 2 ** 26;
const IN_64_BITS = 0xffffffff;
const EXTRA_64 = 1;

/** Where an entry's bytes lie in the archive; `offset` only after its local header was read. */
export interface ZipEntry {
  readonly name: string;
  readonly local: number;
  readonly bytes: number;
  /** False for a compressed one: TorchScript compresses its code, torch.save nothing. */
  readonly stored: boolean;
}

/**
 * The entries of a zip archive by name (PKWARE APPNOTE 6.3.9), 64-bit sizes included. Nothing is unpacked, so that no entry
 * can be larger than the file.
 * @throws Error when the archive is damaged or beyond these limits
 */
export async function zipEntries(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const { count, offset, bytes } = await directoryOf(source);
  if (count > MAX_ENTRIES) throw new Error(`it has ${count} entries`);
  if (bytes > MAX_DIRECTORY_BYTES) throw new Error(`its directory has ${bytes} bytes`);
  const directory = await source.read(offset, bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + CENTRAL_BYTES > bytes || directory.readUInt32LE(at) !== CENTRAL)
      throw new Error('its directory is damaged');
    const [nameLength, extraLength] = [directory.readUInt16LE(at + 28), directory.readUInt16LE(at + 30)];
    const nameEnd = at + CENTRAL_BYTES + nameLength;
    const next = nameEnd + extraLength + directory.readUInt16LE(at + 32);
    if (next > bytes) throw new Error('its directory is damaged');
    const name = directory.toString('utf8', at + CENTRAL_BYTES, nameEnd);
    const stored = directory.readUInt16LE(at + 10) === 0;
    const wide = wideFields(directory.subarray(nameEnd, nameEnd + extraLength));
    // In the order in which the extra field lists those that do not fit.
    const size = wide(directory.readUInt32LE(at + 24));
    const packed = wide(directory.readUInt32LE(at + 20));
    const local = wide(directory.readUInt32LE(at + 42));
    if ((stored && packed !== size) || local + LOCAL_BYTES > offset || local + packed > source.size)
      throw new Error(`its entry ${JSON.stringify(name)} has an impossible size or place`);
    if (entries.has(name)) throw new Error(`it has two entries ${JSON.stringify(name)}`);
    entries.set(name, { name, local, bytes: packed, stored });
    at = next;
  }
  return entries;
}

/**
 * The first byte of a stored entry's content.
 * @throws Error when the entry is compressed, damaged or cut off
 */
export async function contentOffset(source: ByteSource, entry: ZipEntry): Promise<number> {
  const name = JSON.stringify(entry.name);
  if (!entry.stored) throw new Error(`its entry ${name} is compressed, which torch.save never does`);
  const header = await source.read(entry.local, LOCAL_BYTES);
  if (header.readUInt32LE(0) !== LOCAL) throw new Error(`its entry ${name} has an impossible size or place`);
  const offset = entry.local + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (offset + entry.bytes > source.size)
    throw new Error(`its entry ${name} claims ${entry.bytes} bytes, more than the file has`);
  return offset;
}

async function directoryOf(source: ByteSource) {
  const tailBytes = Math.min(source.size, END_BYTES + MAX_COMMENT);
  const tail = await source.read(source.size - tailBytes, tailBytes);
  for (let at = tailBytes - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END) continue;
    const end = source.size - tailBytes + at;
    const [count, bytes, offset] = [
      tail.readUInt16LE(at + 10),
      tail.readUInt32LE(at + 12),
      tail.readUInt32LE(at + 16),
    ];
    if (count === 0xffff || bytes === IN_64_BITS || offset === IN_64_BITS) return wideDirectory(source, end);
    return checked({ count, bytes, offset }, end);
  }
  throw new Error('it is cut off: the archive’s directory is missing');
}

async function wideDirectory(source: ByteSource, end: number) {
  const place = await source.read(end - END_64_PLACE_BYTES, END_64_PLACE_BYTES);
  if (place.readUInt32LE(0) !== END_64_PLACE) throw new Error('its directory is damaged');
  const record = await source.read(Number(place.readBigUInt64LE(8)), END_64_BYTES);
  if (record.readUInt32LE(0) !== END_64) throw new Error('its directory is damaged');
  const number = (at: number) => Number(record.readBigUInt64LE(at));
  return checked({ count: number(32), bytes: number(40), offset: number(48) }, end);
}

function checked(
  directory: { readonly count: number; readonly bytes: number; readonly offset: number },
  end: number,
) {
  if (directory.offset + directory.bytes > end) throw new Error('its directory is damaged');
  return directory;
}

/** Reads the fields that stand in the extra field because 32 bits are too few, one after the other. */
function wideFields(extra: Buffer): (narrow: number) => number {
  let fields: Buffer = Buffer.alloc(0);
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === EXTRA_64)
      fields = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
  let next = 0;
  return narrow => {
    if (narrow !== IN_64_BITS) return narrow;
    if (next + 8 > fields.length) throw new Error('its directory is damaged');
    next += 8;
    return Number(fields.readBigUInt64LE(next - 8));
  };
}
