import { cmykToRgb } from './cmyk';
import { Photometric, type TiffColours } from './tiff-colours';
import { unpackBits } from './unpack-bits';

/** Pillow's name of the mode. */
export function tiffMode({ photometric, bits, samples, extra, littleEndian }: TiffColours): string {
  if (photometric === Photometric.palette) return samples > 1 ? 'PA' : 'P';
  if (photometric === Photometric.rgb) return samples > 3 && extra !== 0 ? 'RGBA' : 'RGB';
  if (photometric === Photometric.separated) return 'CMYK';
  if (bits === 1) return '1';
  if (bits === 16) return littleEndian ? 'I;16' : 'I;16B';
  return samples > 1 ? 'LA' : 'L';
}

/**
 * Turns `count` pixels of a row of samples into RGB.
 * @param row samples side by side, `bits` each
 */
export type TiffRowReader = (row: Uint8Array, count: number, rgb: Uint8Array, to: number) => void;

function indexed(table: Uint8Array, { bits, samples }: TiffColours): TiffRowReader {
  return (row, count, rgb, to) => {
    const indices = unpackBits(row, 0, count * samples, bits);
    for (let i = 0, o = to; i < count; i += 1, o += 3) {
      const entry = (indices[i * samples] as number) * 3;
      rgb[o] = table[entry] as number;
      rgb[o + 1] = table[entry + 1] as number;
      rgb[o + 2] = table[entry + 2] as number;
    }
  };
}

/** 256 × RGB for grey levels, stretched to 0..255 and turned over where white is 0. */
function greyTable(bits: number, whiteIsZero: boolean): Uint8Array {
  const top = (1 << bits) - 1;
  return Uint8Array.from({ length: 256 * 3 }, (_, i) => {
    const level = (Math.min(Math.trunc(i / 3), top) * 255) / top;
    return whiteIsZero ? 255 - level : level;
  });
}

/** High bytes of the 16-bit colour map; colours beyond it are black. */
function colourTable(map: readonly number[]): Uint8Array {
  const entries = Math.trunc(map.length / 3);
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < Math.min(entries, 256); i += 1) {
    for (let channel = 0; channel < 3; channel += 1)
      table[i * 3 + channel] = (map[channel * entries + i] as number) >> 8;
  }
  return table;
}

/** 16-bit grey is clipped at 255, as Pillow's `I;16` is. */
function grey16({ samples, littleEndian }: TiffColours): TiffRowReader {
  const low = littleEndian ? 0 : 1;
  return (row, count, rgb, to) => {
    for (let i = 0, o = to; i < count * samples * 2; i += samples * 2, o += 3) {
      const level = row[i + 1 - low] === 0 ? (row[i + low] as number) : 255;
      rgb[o] = level;
      rgb[o + 1] = level;
      rgb[o + 2] = level;
    }
  };
}

function unpremultiply(level: number, alpha: number): number {
  if (alpha === 255) return level;
  return alpha === 0 ? 0 : Math.min(255, Math.trunc((level * 255) / alpha));
}

function colour({ bits, samples, extra, littleEndian }: TiffColours): TiffRowReader {
  const bytes = bits >> 3;
  const high = bits === 16 && littleEndian ? 1 : 0;
  const premultiplied = extra === 1 && samples > 3;
  return (row, count, rgb, to) => {
    for (let i = high, o = to; o < to + count * 3; i += samples * bytes, o += 3) {
      for (let channel = 0; channel < 3; channel += 1) {
        const level = row[i + channel * bytes] as number;
        rgb[o + channel] = premultiplied ? unpremultiply(level, row[i + 3 * bytes] as number) : level;
      }
    }
  };
}

function separated({ samples }: TiffColours): TiffRowReader {
  return (row, count, rgb, to) => cmykToRgb(row, samples, count, rgb, to);
}

export function tiffRowReader(colours: TiffColours): TiffRowReader {
  const { photometric, bits } = colours;
  if (photometric === Photometric.palette) return indexed(colourTable(colours.colourMap), colours);
  if (photometric === Photometric.rgb) return colour(colours);
  if (photometric === Photometric.separated) return separated(colours);
  return bits === 16
    ? grey16(colours)
    : indexed(greyTable(bits, photometric === Photometric.whiteIsZero), colours);
}
