import { type BmpPalette, decodeBmpRuns } from './bmp-runs';
import { checkSize, type DecodedImage, unreadable, unsupported } from './decoded-image';
import { GREY_RAMP } from './grey-ramp';
import { unpackBits } from './unpack-bits';

const FILE_HEADER = 14;
const RAW = 0;
const RUNS_8 = 1;
const RUNS_4 = 2;
const BIT_FIELDS = 3;
const ALPHA_BIT_FIELDS = 6;

interface BmpFile {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  readonly pixels: Uint8Array;
  readonly palette: BmpPalette;
  /** Red, green, blue, alpha masks of 16- and 32-bit pixels. */
  readonly masks: readonly [number, number, number, number];
}

function readPalette(bytes: Uint8Array, at: number, entryBytes: number, entries: number): BmpPalette {
  const colours = new Uint8Array(256 * 3);
  let ramp = true;
  for (let i = 0; i < Math.min(entries, 256); i += 1) {
    const entry = at + i * entryBytes;
    const [blue, green, red] = [bytes[entry] ?? 0, bytes[entry + 1] ?? 0, bytes[entry + 2] ?? 0];
    colours.set([red, green, blue], i * 3);
    const grey = entries === 2 ? i * 255 : i;
    ramp &&= red === grey && green === grey && blue === grey;
  }
  // A palette that only counts up is a grey picture, whatever indices it uses.
  if (ramp && entries > 2) colours.set(GREY_RAMP);
  return { colours, mode: ramp ? (entries === 2 ? '1' : 'L') : 'P' };
}

function readBmp(bytes: Uint8Array, subject: string): BmpFile {
  const truncated = () => unreadable(subject, 'the BMP ends inside its header');
  if (bytes.length < FILE_HEADER + 12) throw truncated();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataAt = view.getUint32(10, true);
  const headerBytes = view.getUint32(FILE_HEADER, true);
  const old = headerBytes === 12;
  if (!old && (headerBytes < 40 || headerBytes > 124))
    throw unreadable(subject, 'the BMP has an unknown header');
  if (bytes.length < FILE_HEADER + headerBytes) throw truncated();
  const signedHeight = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const size = {
    width: old ? view.getUint16(18, true) : view.getInt32(18, true),
    height: Math.abs(signedHeight),
  };
  const bits = view.getUint16(old ? 24 : 28, true);
  const compression = old ? RAW : view.getUint32(30, true);
  checkSize(subject, size);

  let at = FILE_HEADER + headerBytes;
  let masks: BmpFile['masks'] = bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
  if (compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS) {
    const masksAt = FILE_HEADER + 40;
    if (bytes.length < masksAt + 16) throw truncated();
    const mask = (i: number): number => view.getUint32(masksAt + i * 4, true);
    const withAlpha = headerBytes >= 56 || compression === ALPHA_BIT_FIELDS;
    masks = [mask(0), mask(1), mask(2), withAlpha ? mask(3) : 0];
    if (headerBytes === 40) at += withAlpha ? 16 : 12;
  }
  const stored = old ? 0 : view.getUint32(46, true);
  const entries = bits > 8 ? 0 : stored > 0 && stored <= 256 ? stored : 1 << bits;
  if (dataAt < at || dataAt > bytes.length) throw truncated();
  return {
    ...size,
    topDown: signedHeight < 0,
    bits,
    compression,
    pixels: bytes.subarray(dataAt),
    palette: readPalette(bytes.subarray(0, dataAt), at, old ? 3 : 4, entries),
    masks,
  };
}

/** Reads one channel out of a pixel and stretches it to 0..255, cutting fractions as Pillow does. */
function channelReader(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const top = mask >>> shift;
  return pixel => Math.trunc((((pixel & mask) >>> shift) * 255) / top);
}

type RowReader = (row: Uint8Array, rgb: Uint8Array, to: number) => void;

function rowReader({ width, bits, palette, masks }: BmpFile): RowReader {
  if (bits <= 8)
    return (row, rgb, to) => {
      const indices = unpackBits(row, 0, width, bits);
      for (let x = 0; x < width; x += 1) {
        const entry = (indices[x] as number) * 3;
        rgb.set(palette.colours.subarray(entry, entry + 3), to + x * 3);
      }
    };
  const bytes = bits >> 3;
  const [red, green, blue] = masks;
  if (bits >= 24 && (bits === 24 || (red === 0xff0000 && green === 0xff00 && blue === 0xff)))
    return (row, rgb, to) => {
      for (let from = 0, o = to; from < width * bytes; from += bytes, o += 3) {
        rgb[o] = row[from + 2] as number;
        rgb[o + 1] = row[from + 1] as number;
        rgb[o + 2] = row[from] as number;
      }
    };
  const readers = [red, green, blue].map(channelReader);
  return (row, rgb, to) => {
    const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
    for (let x = 0; x < width; x += 1) {
      const pixel = bits === 16 ? view.getUint16(x * 2, true) : view.getUint32(x * 4, true);
      readers.forEach((read, channel) => {
        rgb[to + x * 3 + channel] = read(pixel);
      });
    }
  };
}

/**
 * BMP → RGB: 1, 4, 8, 16, 24 and 32 bits, bit fields, run-length coding, both row orders, OS/2 headers.
 * @throws CoopError `image.unreadable`, `image.tooLarge`
 */
export function decodeBmp(bytes: Uint8Array, subject: string): DecodedImage {
  const file = readBmp(bytes, subject);
  const { width, height, bits, compression } = file;
  const known =
    (compression === RAW && [1, 4, 8, 16, 24, 32].includes(bits)) ||
    (compression === RUNS_8 && bits === 8) ||
    (compression === RUNS_4 && bits === 4) ||
    ((compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS) && [16, 32].includes(bits));
  if (!known) throw unsupported(subject, `BMP with ${bits} bits and compression ${compression}`);

  const runs = compression === RUNS_8 || compression === RUNS_4;
  const stride = runs ? width : Math.ceil((width * bits) / 32) * 4;
  // The last row may lack its padding.
  const needed = stride * (height - 1) + (runs ? width : Math.ceil((width * bits) / 8));
  if (!runs && file.pixels.length < needed)
    throw unreadable(subject, `the BMP is truncated (${file.pixels.length} of ${needed} bytes)`);
  const pixels = runs ? decodeBmpRuns(file.pixels, width, height, bits, subject) : file.pixels;
  const read = rowReader(runs ? { ...file, bits: 8 } : file);

  const rgb = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row += 1) {
    const y = file.topDown ? row : height - 1 - row;
    read(pixels.subarray(row * stride, (row + 1) * stride), rgb, y * width * 3);
  }
  const colour = file.masks[3] === 0 ? 'RGB' : 'RGBA';
  return {
    width,
    height,
    rgb,
    format: 'bmp',
    mode: bits <= 8 ? file.palette.mode : colour,
    exifOrientation: 1,
  };
}
