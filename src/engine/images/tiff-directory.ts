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
  sampleFormat: 339,
} as const;

export interface TiffDirectory {
  readonly littleEndian: boolean;
  /** All values of a tag, empty when it is absent. */
  values(tag: number): readonly number[];
  /** First value of a tag. */
  value(tag: number, absent: number): number;
}

const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4 };
const ENTRY_BYTES = 12;

/**
 * First directory of a TIFF file; integer tags only. Value lists cannot be longer than the file, so a lying count costs nothing.
 * @throws CoopError `image.unreadable`
 */
export function readTiffDirectory(bytes: Uint8Array, subject: string): TiffDirectory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const at = bytes.length < 8 ? bytes.length : view.getUint32(4, littleEndian);
  if (at + 2 > bytes.length) throw unreadable(subject, 'the TIFF is truncated before its directory');
  const count = view.getUint16(at, littleEndian);
  if (at + 2 + count * ENTRY_BYTES > bytes.length)
    throw unreadable(subject, 'the TIFF is truncated inside its directory');

  const read = (type: number, offset: number): number => {
    if (type === 1 || type === 6) return view.getUint8(offset);
    if (type === 3 || type === 8) return view.getUint16(offset, littleEndian);
    return view.getUint32(offset, littleEndian);
  };
  const tags = new Map<number, readonly number[]>();
  for (let entry = 0; entry < count; entry += 1) {
    const from = at + 2 + entry * ENTRY_BYTES;
    const type = view.getUint16(from + 2, littleEndian);
    const size = TYPE_BYTES[type];
    if (size === undefined) continue;
    const length = view.getUint32(from + 4, littleEndian);
    const start = length * size <= 4 ? from + 8 : view.getUint32(from + 8, littleEndian);
    // A tag that lies about its place counts as absent; the reader misses it where it matters.
    if (start + length * size > bytes.length) continue;
    tags.set(
      view.getUint16(from, littleEndian),
      Array.from({ length }, (_, i) => read(type, start + i * size)),
    );
  }
  const values = (tag: number): readonly number[] => tags.get(tag) ?? [];
  return { littleEndian, values, value: (tag, absent) => values(tag)[0] ?? absent };
}
