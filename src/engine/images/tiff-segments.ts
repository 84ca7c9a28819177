import { inflatePixels } from './inflate-pixels';
import { decodeLzw, LZW_MAX_RATIO } from './lzw';

const NONE = 1;
const LZW = 5;
const DEFLATE = 8;
const PACK_BITS = 32773;
const OLD_DEFLATE = 32946;

/** Compressions that are named in the message instead of decoded. */
const NAMED: Readonly<Record<number, string>> = {
  2: 'CCITT',
  3: 'CCITT fax',
  4: 'CCITT fax',
  6: 'old-style JPEG',
  7: 'JPEG',
  34712: 'JPEG 2000',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP',
};

function unpackRuns(data: Uint8Array, needed: number): Uint8Array {
  const out = new Uint8Array(needed);
  let to = 0;
  for (let at = 0; at < data.length && to < needed; ) {
    const code = data[at] as number;
    at += 1;
    if (code < 128) {
      const run = data.subarray(at, at + Math.min(code + 1, needed - to));
      out.set(run, to);
      to += run.length;
      at += code + 1;
    } else if (code > 128 && at < data.length) {
      const end = Math.min(needed, to + 257 - code);
      out.fill(data[at] as number, to, end);
      to = end;
      at += 1;
    }
  }
  return out.subarray(0, to);
}

function decompress(data: Uint8Array, needed: number, compression: number): Uint8Array {
  switch (compression) {
    case NONE:
      return Uint8Array.from(data.subarray(0, needed));
    case LZW:
      return decodeLzw(data, needed, { bitOrder: 'highFirst', literalBits: 8, earlyChange: true });
    case DEFLATE:
    case OLD_DEFLATE:
      return inflatePixels(data, needed);
    case PACK_BITS:
      return unpackRuns(data, needed);
    default:
      throw new Error(`its compression, ${NAMED[compression] ?? `number ${compression}`}, is not supported`);
  }
}

function reversedBits(data: Uint8Array): Uint8Array {
  return data.map(byte => {
    let bits = 0;
    for (let i = 0; i < 8; i += 1) bits |= ((byte >> i) & 1) << (7 - i);
    return bits;
  });
}

export interface Segment {
  readonly compression: number;
  /** 2 when the lowest bit of each byte comes first. */
  readonly fillOrder: number;
  /** 2 when each sample is stored as its difference from the one to its left. */
  readonly predictor: number;
  readonly littleEndian: boolean;
  readonly rows: number;
  readonly rowBytes: number;
  /** Samples per pixel in this segment. */
  readonly samples: number;
  readonly bits: number;
}

/** Adds up differences along each row, in place. */
function undoDifferences(data: Uint8Array, { rows, rowBytes, samples, bits, littleEndian }: Segment): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const step = samples * (bits >> 3);
  for (let row = 0; row < rows; row += 1) {
    const end = (row + 1) * rowBytes;
    if (bits === 8)
      for (let i = row * rowBytes + step; i < end; i += 1)
        data[i] = (data[i] as number) + (data[i - step] as number);
    else
      for (let i = row * rowBytes + step; i + 1 < end; i += 2)
        view.setUint16(
          i,
          view.getUint16(i, littleEndian) + view.getUint16(i - step, littleEndian),
          littleEndian,
        );
  }
}

/**
 * Decompresses one strip or tile.
 * @returns [rows, rowBytes], writable
 * @throws Error when it is damaged, truncated or of an unsupported kind
 */
export function readSegment(stored: Uint8Array, segment: Segment): Uint8Array {
  const needed = segment.rows * segment.rowBytes;
  if (needed > stored.length * LZW_MAX_RATIO) throw new Error('far too little data for its size');
  if (segment.predictor !== 1 && !(segment.predictor === 2 && (segment.bits === 8 || segment.bits === 16)))
    throw new Error(`its predictor ${segment.predictor} with ${segment.bits} bits is not supported`);
  const data = decompress(
    segment.fillOrder === 2 ? reversedBits(stored) : stored,
    needed,
    segment.compression,
  );
  if (data.length < needed) throw new Error(`truncated (${data.length} of ${needed} bytes)`);
  if (segment.predictor === 2) undoDifferences(data, segment);
  return data;
}
