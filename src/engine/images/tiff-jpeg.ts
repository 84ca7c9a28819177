import { readJpegHeader } from './jpeg-header';
import { decodeTurboJpeg } from './turbo-jpeg';

export interface TiffJpeg {
  readonly columns: number;
  readonly rows: number;
  readonly samples: number;
  /** Tables that the segments share, a JPEG file without picture; empty: each has its own. */
  readonly jpegTables: Uint8Array;
  /** The segments hold YCbCr, else the colours themselves. */
  readonly ycc: boolean;
}

const START = Uint8Array.of(0xff, 0xd8);
/** An Adobe segment that says “no transform”: libjpeg takes three components for YCbCr otherwise. */
const AS_STORED = Uint8Array.from([
  ...[0xff, 0xee, 0, 14],
  ...Buffer.from('Adobe', 'latin1'),
  ...[0, 100, 0, 0, 0, 0, 0],
]);

/**
 * One strip or tile of JPEG compression (TIFF Technical Note 2).
 * @returns [rows, columns, samples] uint8
 * @throws Error when it is damaged, or of another size than the TIFF says
 */
export async function decodeTiffJpeg(data: Uint8Array, segment: TiffJpeg): Promise<Uint8Array> {
  const { columns, rows, samples, jpegTables, ycc } = segment;
  const file = Buffer.concat([
    START,
    ...(ycc || samples !== 3 ? [] : [AS_STORED]),
    // Without the markers of their beginning and end.
    jpegTables.subarray(2, -2),
    data.subarray(2),
  ]);
  const header = readJpegHeader(file, 'The segment');
  const { width, height, components, precision } = header;
  if (width !== columns || height < rows || components !== samples || precision !== 8 || samples === 4)
    throw new Error(`a JPEG of ${width} × ${height} pixels, ${components} × ${precision} bits, stands in it`);
  // A strip of the same height as the others may hang over the picture's end.
  if (width * height > 2 * columns * rows + 65_536) throw new Error('a JPEG in it is far too high');
  return (await decodeTurboJpeg(file, width * height)).data;
}
