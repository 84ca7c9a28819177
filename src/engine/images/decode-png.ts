import { crc32 } from '../io/crc32';
import { checkSize, type DecodedImage, unreadable } from './decoded-image';
import { exifOrientation } from './exif-orientation';
import { inflatePixels } from './inflate-pixels';
import { unfilterRow } from './png-filters';
import { unpackBits } from './unpack-bits';

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlaced: boolean;
}

interface PngFile {
  readonly header: Header;
  /** 256 × RGB; entries beyond the stored ones are black, as in Pillow. */
  readonly palette: Uint8Array;
  readonly compressed: Uint8Array;
  readonly exifOrientation: number;
}

/** A pass of the picture: every `dx`-th column from `x0` in every `dy`-th row from `y0`. */
type Pass = readonly [x0: number, y0: number, dx: number, dy: number];

const WHOLE: readonly Pass[] = [[0, 0, 1, 1]];
const ADAM7: readonly Pass[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

const GREY = 0;
const RGB = 2;
const PALETTE = 3;
const GREY_ALPHA = 4;
const RGBA = 6;

const CHANNELS: Readonly<Record<number, number>> = {
  [GREY]: 1,
  [RGB]: 3,
  [PALETTE]: 1,
  [GREY_ALPHA]: 2,
  [RGBA]: 4,
};
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  [GREY]: [1, 2, 4, 8, 16],
  [RGB]: [8, 16],
  [PALETTE]: [1, 2, 4, 8],
  [GREY_ALPHA]: [8, 16],
  [RGBA]: [8, 16],
};

function readHeader(body: Uint8Array, subject: string): Header {
  if (body.length !== 13) throw unreadable(subject, 'the PNG header has a wrong length');
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [depth, colour, compression, filter, interlace] = body.subarray(8) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  const header = {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth,
    colour,
    interlaced: interlace === 1,
  };
  if (!DEPTHS[colour]?.includes(depth))
    throw unreadable(subject, `PNG colour type ${colour} with ${depth} bits does not exist`);
  if (compression !== 0 || filter !== 0 || interlace > 1)
    throw unreadable(subject, 'the PNG header names an unknown method');
  checkSize(subject, header);
  return header;
}

/** Critical chunks before the data must have a right CRC; that of the data is left to zlib's own check, as in Pillow. */
function readChunks(bytes: Uint8Array, subject: string): PngFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const palette = new Uint8Array(256 * 3);
  const data: Uint8Array[] = [];
  let header: Header | undefined;
  let orientation = 1;
  let hasPalette = false;
  let dataEnded = false;

  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + length));
    const next = at + 12 + length;
    if (type === 'IEND') break;
    if (type === 'IHDR' || type === 'PLTE') {
      if (next > bytes.length) break;
      if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(next - 4))
        throw unreadable(subject, `the PNG chunk ${type} is damaged (wrong checksum)`);
    }
    if (type === 'IHDR') header ??= readHeader(body, subject);
    else if (header === undefined) throw unreadable(subject, 'the PNG does not begin with its header');
    else if (type === 'PLTE') {
      palette.set(body.subarray(0, palette.length));
      hasPalette = true;
    } else if (type === 'IDAT' && !dataEnded) data.push(body);
    else if (data.length > 0) dataEnded = true;
    if (type === 'eXIf') orientation = exifOrientation(body);
    at = next;
  }
  if (header === undefined || data.length === 0)
    throw unreadable(subject, 'the PNG ends before its image data');
  if (header.colour === PALETTE && !hasPalette) throw unreadable(subject, 'the PNG has no palette');
  return {
    header,
    palette,
    compressed: data.length === 1 ? (data[0] as Uint8Array) : Buffer.concat(data),
    exifOrientation: orientation,
  };
}

function modeName({ colour, depth }: Header): string {
  if (colour === GREY) return depth === 1 ? '1' : depth === 16 ? 'I;16' : 'L';
  if (colour === GREY_ALPHA) return depth === 16 ? 'RGBA' : 'LA';
  return colour === PALETTE ? 'P' : colour === RGB ? 'RGB' : 'RGBA';
}

type RowWriter = (
  data: Uint8Array,
  at: number,
  count: number,
  rgb: Uint8Array,
  to: number,
  step: number,
) => void;

/** Writes `count` pixels of an unfiltered row as RGB from offset `to` on, `step` bytes apart. */
function rowWriter({ colour, depth }: Header, palette: Uint8Array): RowWriter {
  const bytes = depth === 16 ? 2 : 1;
  if (colour === PALETTE)
    return (data, at, count, rgb, to, step) => {
      const indices = unpackBits(data, at, count, depth);
      for (let i = 0, o = to; i < count; i += 1, o += step) {
        const entry = (indices[i] as number) * 3;
        rgb[o] = palette[entry] as number;
        rgb[o + 1] = palette[entry + 1] as number;
        rgb[o + 2] = palette[entry + 2] as number;
      }
    };
  if (colour === GREY && depth <= 8) {
    const scale = 255 / ((1 << depth) - 1);
    return (data, at, count, rgb, to, step) => {
      const samples = unpackBits(data, at, count, depth);
      for (let i = 0, o = to; i < count; i += 1, o += step) {
        const level = (samples[i] as number) * scale;
        rgb[o] = level;
        rgb[o + 1] = level;
        rgb[o + 2] = level;
      }
    };
  }
  if (colour === GREY)
    // Pillow opens 16-bit grey as `I;16` and clips at 255 on conversion; it does not take the high byte.
    return (data, at, count, rgb, to, step) => {
      for (let i = at, o = to; i < at + 2 * count; i += 2, o += step) {
        const level = data[i] === 0 ? (data[i + 1] as number) : 255;
        rgb[o] = level;
        rgb[o + 1] = level;
        rgb[o + 2] = level;
      }
    };
  const stride = (CHANNELS[colour] as number) * bytes;
  const green = colour === GREY_ALPHA ? 0 : bytes;
  return (data, at, count, rgb, to, step) => {
    if (step === 3 && stride === 3) {
      rgb.set(data.subarray(at, at + 3 * count), to);
      return;
    }
    for (let i = at, o = to, end = at + stride * count; i < end; i += stride, o += step) {
      rgb[o] = data[i] as number;
      rgb[o + 1] = data[i + green] as number;
      rgb[o + 2] = data[i + 2 * green] as number;
    }
  };
}

function passSize(
  { width, height }: Header,
  [x0, y0, dx, dy]: Pass,
): readonly [columns: number, rows: number] {
  return [Math.max(0, Math.ceil((width - x0) / dx)), Math.max(0, Math.ceil((height - y0) / dy))];
}

/**
 * PNG → RGB with Pillow's `convert('RGB')`: all colour types and depths, interlaced or not; alpha and tRNS ignored, colours
 * under alpha kept; 16-bit colour keeps the high byte, 16-bit GREY is clipped at 255 (README of the reference data).
 * @throws CoopError `image.unreadable`, `image.tooLarge`
 */
export function decodePng(bytes: Uint8Array, subject: string): DecodedImage {
  const { header, palette, compressed, exifOrientation: orientation } = readChunks(bytes, subject);
  const { width, height, depth, colour } = header;
  const bits = depth * (CHANNELS[colour] as number);
  const pixelStep = Math.max(1, bits >> 3);
  const passes = (header.interlaced ? ADAM7 : WHOLE).map(pass => {
    const [columns, rows] = passSize(header, pass);
    return { pass, columns, rows: columns === 0 ? 0 : rows, rowBytes: Math.ceil((columns * bits) / 8) };
  });
  const needed = passes.reduce((sum, { rows, rowBytes }) => sum + rows * (rowBytes + 1), 0);
  try {
    const data = inflatePixels(compressed, needed, header.interlaced ? undefined : needed / height);
    const rgb = new Uint8Array(width * height * 3);
    const write = rowWriter(header, palette);
    let at = 0;
    for (const { pass, columns, rows, rowBytes } of passes) {
      const [x0, y0, dx, dy] = pass;
      for (let row = 0; row < rows; row += 1) {
        const from = at + 1;
        unfilterRow(
          data[at] as number,
          data,
          from,
          row === 0 ? -1 : from - rowBytes - 1,
          rowBytes,
          pixelStep,
        );
        write(data, from, columns, rgb, ((y0 + row * dy) * width + x0) * 3, dx * 3);
        at += rowBytes + 1;
      }
    }
    return { width, height, rgb, format: 'png', mode: modeName(header), exifOrientation: orientation };
  } catch (thrown) {
    throw unreadable(subject, `the PNG's image data are damaged: ${(thrown as Error).message}`, thrown);
  }
}
