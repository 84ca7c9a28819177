import { unreadable } from './decoded-image';

/** Tag numbers of TIFF 6.0. */
export const Tag = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planar: 284,
  predictor: 317,
  colourMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  jpegTables: 347,
  sampleFormat: 339,
} as const;

export interface TiffDirectory {
  readonly littleEndian: boolean;
  /** All values of a tag, empty when it is absent. */
  values(tag: number): readonly number[];
  /** First value of a tag. */
  value(tag: number, absent: number): number;
}

const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 16: 8 };

/** Where the parts of a TIFF and of a BigTIFF stand (TIFF 6.0; libtiff, BigTIFF Design). */
export interface TiffForm {
  readonly littleEndian: boolean;
  readonly big: boolean;
  /** Bytes of an offset or a count. */
  readonly wordBytes: 4 | 8;
  readonly countBytes: 2 | 8;
  readonly entryBytes: 12 | 20;
}

export function tiffForm(head: Uint8Array): TiffForm {
  const littleEndian = head[0] === 0x49;
  const big = (littleEndian ? head[2] : head[3]) === 0x2b;
  return { littleEndian, big, wordBytes: big ? 8 : 4, countBytes: big ? 8 : 2, entryBytes: big ? 20 : 12 };
}

/** An unsigned integer of 1, 2, 4 or 8 bytes; above 2^53, beyond every file, it is not exact. */
export function readUint(view: DataView, at: number, bytes: number, littleEndian: boolean): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, littleEndian);
  if (bytes === 4) return view.getUint32(at, littleEndian);
  return Number(view.getBigUint64(at, littleEndian));
}

/**
 * First directory of a TIFF or BigTIFF file; integer tags only. Value lists cannot be longer than the file, so a lying count costs
 * nothing.
 * @throws CoopError `image.unreadable`
 */
export function readTiffDirectory(bytes: Uint8Array, subject: string): TiffDirectory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { littleEndian, big, wordBytes, countBytes, entryBytes } = tiffForm(bytes);
  const uint = (at: number, length: number) => readUint(view, at, length, littleEndian);
  const at = bytes.length < 16 ? bytes.length : uint(big ? 8 : 4, wordBytes);
  if (at + countBytes > bytes.length) throw unreadable(subject, 'the TIFF is truncated before its directory');
  const count = uint(at, countBytes);
  if (at + countBytes + count * entryBytes > bytes.length)
    throw unreadable(subject, 'the TIFF is truncated inside its directory');

  const tags = new Map<number, readonly number[]>();
  for (let entry = 0; entry < count; entry += 1) {
    const from = at + countBytes + entry * entryBytes;
    const size = TYPE_BYTES[uint(from + 2, 2)];
    if (size === undefined) continue;
    const length = uint(from + 4, wordBytes);
    const inline = from + 4 + wordBytes;
    const start = length * size <= wordBytes ? inline : uint(inline, wordBytes);
    // A tag that lies about its place counts as absent; the reader misses it where it matters.
    if (start + length * size > bytes.length) continue;
    tags.set(
      uint(from, 2),
      Array.from({ length }, (_, i) => uint(start + i * size, size)),
    );
  }
  const values = (tag: number): readonly number[] => tags.get(tag) ?? [];
  return { littleEndian, values, value: (tag, absent) => values(tag)[0] ?? absent };
}
