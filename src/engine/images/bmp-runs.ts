import { unreadable } from './decoded-image';

export interface BmpPalette {
  /** 256 × RGB; entries beyond the stored ones are black. */
  readonly colours: Uint8Array;
  readonly mode: '1' | 'L' | 'P';
}

const END_OF_LINE = 0;
const END_OF_PICTURE = 1;
const DELTA = 2;

/** A byte pair stands for at most 255 pixels. */
const MAX_PIXELS_PER_BYTE = 128;

/**
 * Run-length coded BMP pixels (4 or 8 bits) → [height, width] palette indices in stored row order. What the runs leave out is 0.
 * @throws CoopError `image.unreadable` when the data end before the end-of-picture code and before the last row
 */
export function decodeBmpRuns(
  data: Uint8Array,
  width: number,
  height: number,
  bits: number,
  subject: string,
): Uint8Array {
  if (width * height > data.length * MAX_PIXELS_PER_BYTE)
    throw unreadable(subject, 'the BMP has far too little data for its size');
  const out = new Uint8Array(width * height);
  const nibble = (byte: number, i: number): number => (i & 1 ? byte & 15 : byte >> 4);
  let x = 0;
  let y = 0;
  let at = 0;
  const put = (index: number): void => {
    if (x < width && y < height) out[y * width + x] = index;
    x += 1;
  };
  while (at + 1 < data.length && y < height) {
    const count = data[at] as number;
    const value = data[at + 1] as number;
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i += 1) put(bits === 8 ? value : nibble(value, i));
    } else if (value === END_OF_LINE) {
      x = 0;
      y += 1;
    } else if (value === END_OF_PICTURE) return out;
    else if (value === DELTA) {
      x += data[at] ?? 0;
      y += data[at + 1] ?? 0;
      at += 2;
    } else {
      const bytes = bits === 8 ? value : Math.ceil(value / 2);
      for (let i = 0; i < value; i += 1)
        put(bits === 8 ? (data[at + i] ?? 0) : nibble(data[at + (i >> 1)] ?? 0, i));
      at += bytes + (bytes & 1);
    }
  }
  if (y < height - 1 || (y === height - 1 && x < width)) throw unreadable(subject, 'the BMP is truncated');
  return out;
}
