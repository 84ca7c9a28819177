import { ZSTDDecoder } from 'zstddec';
import { unsupported } from './decoded-image';
import { inflatePixels } from './inflate-pixels';
import { decodeLzw, LZW_MAX_RATIO } from './lzw';
import { decodeTiffJpeg } from './tiff-jpeg';

const NONE = 1;
const LZW = 5;
const JPEG = 7;
const DEFLATE = 8;
const PACK_BITS = 32773;
const OLD_DEFLATE = 32946;
const ZSTANDARD = 50000;

/** Compressions that are read, with the bytes that one byte stands for at most. */
const MAX_RATIO: ReadonlyMap<number, number> = new Map([
  [NONE, 1],
  [LZW, LZW_MAX_RATIO],
  // Two bits a block of 8 × 8, which chroma may share.
  [JPEG, 4096],
  [DEFLATE, 1032],
  [OLD_DEFLATE, 1032],
  [PACK_BITS, 64],
  // A block of 128 kB of one byte takes four.
  [ZSTANDARD, 1 << 15],
]);

const NAMES: ReadonlyMap<number, string> = new Map([
  [2, 'CCITT Huffman'],
  [3, 'CCITT Group 3 fax'],
  [4, 'CCITT Group 4 fax'],
  [6, 'old-style JPEG'],
  [34712, 'JPEG 2000'],
  [34887, 'LERC'],
  [34925, 'LZMA'],
  [50001, 'WebP'],
  [50002, 'JPEG XL'],
]);

/** @throws CoopError `image.unreadable` for a compression that is not read */
export function checkCompression(compression: number, subject: string): void {
  if (MAX_RATIO.has(compression)) return;
  const name = NAMES.get(compression) ?? `number ${compression}`;
  throw unsupported(subject, `TIFF with the compression ${name}`);
}

/** Bytes that one stored byte stands for at most. */
export const densest = (compression: number): number => MAX_RATIO.get(compression) ?? 1;

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

let zstandard: Promise<ZSTDDecoder> | undefined;

/** @throws Error when the frame says it holds more than `needed` */
async function inflateZstandard(data: Uint8Array, needed: number): Promise<Uint8Array> {
  zstandard ??= (async () => {
    const decoder = new ZSTDDecoder();
    await decoder.init();
    return decoder;
  })();
  return (await zstandard).decode(data, needed);
}

async function decompress(data: Uint8Array, needed: number, segment: Segment): Promise<Uint8Array> {
  switch (segment.compression) {
    case NONE:
      return Uint8Array.from(data.subarray(0, needed));
    case LZW:
      return decodeLzw(data, needed, { bitOrder: 'highFirst', literalBits: 8, earlyChange: true });
    case JPEG:
      return decodeTiffJpeg(data, segment);
    case ZSTANDARD:
      return inflateZstandard(data, needed);
    case PACK_BITS:
      return unpackRuns(data, needed);
    default:
      return inflatePixels(data, needed);
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
  /** Pixels a row. */
  readonly columns: number;
  readonly rows: number;
  readonly rowBytes: number;
  /** Samples per pixel in this segment. */
  readonly samples: number;
  readonly bits: number;
  /** Tables that JPEG segments share, a JPEG file without picture. */
  readonly jpegTables: Uint8Array;
  /** JPEG segments hold YCbCr, else the colours themselves. */
  readonly ycc: boolean;
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
export async function readSegment(stored: Uint8Array, segment: Segment): Promise<Uint8Array> {
  const { compression, predictor, fillOrder, bits } = segment;
  const needed = segment.rows * segment.rowBytes;
  if (needed > stored.length * densest(compression)) throw new Error('far too little data for its size');
  if (predictor !== 1 && !(predictor === 2 && (bits === 8 || bits === 16)))
    throw new Error(`its predictor ${predictor} with ${bits} bits is not supported`);
  const data = await decompress(fillOrder === 2 ? reversedBits(stored) : stored, needed, segment);
  if (data.length < needed) throw new Error(`truncated (${data.length} of ${needed} bytes)`);
  if (predictor === 2 && compression !== JPEG) undoDifferences(data, segment);
  return data;
}
