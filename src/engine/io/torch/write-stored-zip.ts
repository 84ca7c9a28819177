import { crc32 } from '../crc32';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const VERSION = 20;
/** torch.save puts each entry's content on such a multiple, so that it can be mapped into memory. */
const ALIGNMENT = 64;
/** "FB", the extra field that torch pads with (caffe2/serialize/inline_container.cc, getPadding). */
const PADDING_ID = 0x4246;
const EXTRA_HEADER = 4;
/** 1980-01-01, the first day that a zip archive knows: equal content gives equal bytes. */
const DATE = 0x21;
/** Beyond these sizes an archive needs the 64-bit fields. */
const MAX_BYTES = 2 ** 32 - 2;

export interface ZipContent {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * A zip archive of uncompressed entries (PKWARE APPNOTE 6.3.9), each content on a multiple of 64 bytes.
 * @throws Error beyond 4 GiB
 */
export function writeStoredZip(entries: readonly ZipContent[]): Buffer<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const write = (bytes: Uint8Array) => {
    parts.push(bytes);
    at += bytes.length;
  };
  for (const { name, bytes } of entries) {
    const encoded = Buffer.from(name);
    const common = commonFields(encoded.length, bytes);
    const content = at + LOCAL_BYTES + encoded.length + EXTRA_HEADER;
    const padding = (ALIGNMENT - (content % ALIGNMENT)) % ALIGNMENT;
    directory.push(centralHeader(common, at), encoded);
    write(localHeader(common, EXTRA_HEADER + padding));
    write(encoded);
    write(paddingField(padding));
    write(bytes);
  }
  const start = at;
  for (const each of directory) write(each);
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  if (at > MAX_BYTES) throw new Error(`an archive of ${at} bytes is beyond 4 GiB`);
  end.writeUInt32LE(at - start, 12);
  end.writeUInt32LE(start, 16);
  return Buffer.concat([...parts, end]);
}

/** From "version needed" to "file name length", which both headers hold. */
function commonFields(nameLength: number, bytes: Uint8Array): Buffer {
  const common = Buffer.alloc(24);
  common.writeUInt16LE(VERSION, 0);
  common.writeUInt16LE(DATE, 8);
  common.writeUInt32LE(crc32(bytes), 10);
  common.writeUInt32LE(bytes.length, 14);
  common.writeUInt32LE(bytes.length, 18);
  common.writeUInt16LE(nameLength, 22);
  return common;
}

function localHeader(common: Buffer, extraLength: number): Buffer {
  const header = Buffer.alloc(LOCAL_BYTES);
  header.writeUInt32LE(LOCAL, 0);
  common.copy(header, 4);
  header.writeUInt16LE(extraLength, 28);
  return header;
}

function centralHeader(common: Buffer, local: number): Buffer {
  const header = Buffer.alloc(CENTRAL_BYTES);
  header.writeUInt32LE(CENTRAL, 0);
  header.writeUInt16LE(VERSION, 4);
  common.copy(header, 6);
  header.writeUInt32LE(local, 42);
  return header;
}

function paddingField(padding: number): Buffer {
  const field = Buffer.alloc(EXTRA_HEADER + padding, 'Z');
  field.writeUInt16LE(PADDING_ID, 0);
  field.writeUInt16LE(padding, 2);
  return field;
}
