import { checkData, checkSize, type DecodedImage, unreadable } from './decoded-image';
import { GREY_RAMP } from './grey-ramp';
import { decodeLzw, LZW_MAX_RATIO } from './lzw';

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** RGB triples; undefined when neither the frame nor the file has a palette. */
  readonly palette: Uint8Array | undefined;
  /** Palette index of the pixels outside the frame. */
  readonly background: number;
  readonly literalBits: number;
  readonly data: Uint8Array;
}

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const GRAPHIC_CONTROL = 0xf9;
const INTERLACE: readonly (readonly [start: number, step: number])[] = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
];

function paletteBytes(flags: number): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

/** Joins the data blocks from `at` on; the list ends with an empty block or with the file. */
function subBlocks(bytes: Uint8Array, at: number): { readonly data: Uint8Array; readonly next: number } {
  const blocks: Uint8Array[] = [];
  let from = at;
  while (from < bytes.length && bytes[from] !== 0) {
    const length = bytes[from] as number;
    blocks.push(bytes.subarray(from + 1, from + 1 + length));
    from += 1 + length;
  }
  return { data: Buffer.concat(blocks), next: from + 1 };
}

function firstFrame(bytes: Uint8Array, subject: string): Frame {
  const word = (at: number): number => (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  const globalBytes = paletteBytes(bytes[10] as number);
  let at = 13 + globalBytes;
  const globalPalette = globalBytes === 0 ? undefined : bytes.subarray(13, at);
  let background = 0;
  while (at < bytes.length) {
    const block = bytes[at];
    if (block === EXTENSION) {
      const control = bytes[at + 1] === GRAPHIC_CONTROL && at + 7 <= bytes.length;
      if (control && (bytes[at + 3] as number) & 1) background = bytes[at + 6] as number;
      at = subBlocks(bytes, at + 2).next;
    } else if (block === IMAGE && at + 11 <= bytes.length) {
      const flags = bytes[at + 9] as number;
      const localBytes = paletteBytes(flags);
      const start = at + 10 + localBytes;
      return {
        left: word(at + 1),
        top: word(at + 3),
        width: word(at + 5),
        height: word(at + 7),
        interlaced: (flags & 0x40) !== 0,
        palette: localBytes === 0 ? globalPalette : bytes.subarray(at + 10, start),
        background,
        literalBits: bytes[start] ?? 0,
        data: subBlocks(bytes, start + 1).data,
      };
    } else at += 1;
  }
  throw unreadable(subject, 'the GIF ends before its first picture');
}

function isGreyRamp(palette: Uint8Array): boolean {
  return palette.every((level, i) => level === GREY_RAMP[i]);
}

function rowOrder(height: number, interlaced: boolean): number[] {
  const passes = interlaced ? INTERLACE : [[0, 1] as const];
  return passes.flatMap(([start, step]) => {
    const rows: number[] = [];
    for (let row = start; row < height; row += step) rows.push(row);
    return rows;
  });
}

/**
 * First frame of a GIF → RGB. Outside the frame stands the transparent colour, or the palette's first; colours outside the
 * palette are black.
 * @throws CoopError `image.unreadable`, `image.tooLarge`
 */
export function decodeGif(bytes: Uint8Array, subject: string): DecodedImage {
  if (bytes.length < 13) throw unreadable(subject, 'the GIF is truncated');
  const frame = firstFrame(bytes, subject);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = Math.max(view.getUint16(6, true), frame.left + frame.width);
  const height = Math.max(view.getUint16(8, true), frame.top + frame.height);
  checkSize(subject, { width, height });
  checkSize(subject, frame);
  checkData(subject, 'GIF', { width, height }, bytes.length, LZW_MAX_RATIO);
  checkData(subject, 'GIF', frame, frame.data.length, LZW_MAX_RATIO);
  if (frame.literalBits < 1 || frame.literalBits > 11)
    throw unreadable(subject, `the GIF states ${frame.literalBits} bits a code`);

  const grey = frame.palette === undefined || isGreyRamp(frame.palette);
  const palette = new Uint8Array(256 * 3);
  palette.set(grey ? GREY_RAMP : (frame.palette ?? []));

  let indices: Uint8Array;
  try {
    indices = decodeLzw(frame.data, frame.width * frame.height, {
      bitOrder: 'lowFirst',
      literalBits: frame.literalBits,
      earlyChange: false,
    });
  } catch (thrown) {
    throw unreadable(subject, `the GIF's image data are damaged: ${(thrown as Error).message}`, thrown);
  }
  if (indices.length < frame.width * frame.height)
    throw unreadable(
      subject,
      `the GIF is truncated (${indices.length} of ${frame.width * frame.height} pixels)`,
    );

  const rgb = new Uint8Array(width * height * 3);
  if (frame.width * frame.height < width * height) {
    const from = frame.background * 3;
    for (let to = 0; to < rgb.length; to += 3) rgb.set(palette.subarray(from, from + 3), to);
  }
  rowOrder(frame.height, frame.interlaced).forEach((row, stored) => {
    let to = ((frame.top + row) * width + frame.left) * 3;
    for (let i = stored * frame.width; i < (stored + 1) * frame.width; i += 1, to += 3) {
      const entry = (indices[i] as number) * 3;
      rgb[to] = palette[entry] as number;
      rgb[to + 1] = palette[entry + 1] as number;
      rgb[to + 2] = palette[entry + 2] as number;
    }
  });
  return { width, height, rgb, format: 'gif', mode: grey ? 'L' : 'P', exifOrientation: 1 };
}
