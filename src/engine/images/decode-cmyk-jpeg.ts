import { cmykToRgb } from './cmyk';
import { bitReader, type HuffmanTable, huffmanTable } from './jpeg-bits';
import type { JpegHeader } from './jpeg-header';
import { inverseDct } from './jpeg-inverse-dct';
import { type Component, decodeScan, NATURAL, type ScanComponent } from './jpeg-scan';
import { upsample } from './jpeg-upsample';

/** Four planes of coefficients are held at once, unlike in other files: a smaller picture is the limit. */
export const MAX_PLANES_PIXELS = 100_000_000;

const PROGRESSIVE = 0xc2;
/** Any other transform of an Adobe segment is taken for YCCK, as libjpeg does (jdapimin.c). */
const CMYK = 0;

interface Tables {
  readonly quantisation: Map<number, Uint16Array>;
  readonly dc: Map<number, HuffmanTable>;
  readonly ac: Map<number, HuffmanTable>;
}

function readQuantisation(body: Uint8Array, { quantisation }: Tables): void {
  for (let at = 0; at < body.length; ) {
    const wide = (body[at] as number) >> 4 === 1;
    const table = new Uint16Array(64);
    if (at + 1 + (wide ? 128 : 64) > body.length) throw new Error('a quantisation table is cut off');
    for (let i = 0; i < 64; i += 1) {
      const from = at + 1 + (wide ? i * 2 : i);
      table[NATURAL[i] as number] = wide
        ? ((body[from] as number) << 8) | (body[from + 1] as number)
        : (body[from] as number);
    }
    quantisation.set((body[at] as number) & 15, table);
    at += wide ? 129 : 65;
  }
}

function readHuffman(body: Uint8Array, { dc, ac }: Tables): void {
  for (let at = 0; at + 17 <= body.length; ) {
    const counts = body.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const kind = (body[at] as number) >> 4 === 0 ? dc : ac;
    kind.set((body[at] as number) & 15, huffmanTable(counts, body.subarray(at + 17, at + 17 + total)));
    at += 17 + total;
  }
}

interface Frame {
  readonly components: readonly Component[];
  readonly maxAcross: number;
  readonly maxDown: number;
  readonly mcusWide: number;
  readonly mcusHigh: number;
}

function readFrame(body: Uint8Array, { width, height, components }: JpegHeader): Frame {
  if (body.length < 6 + components * 3) throw new Error('the frame header is cut off');
  const stated = Array.from({ length: components }, (_, i) => {
    const [id, factors, quantisation] = body.subarray(6 + i * 3, 9 + i * 3) as unknown as [
      number,
      number,
      number,
    ];
    return { id, across: factors >> 4, down: factors & 15, quantisation };
  });
  if (stated.some(({ across, down }) => across < 1 || across > 4 || down < 1 || down > 4))
    throw new Error('a wrong sampling factor');
  const maxAcross = Math.max(...stated.map(({ across }) => across));
  const maxDown = Math.max(...stated.map(({ down }) => down));
  const mcusWide = Math.ceil(width / (8 * maxAcross));
  const mcusHigh = Math.ceil(height / (8 * maxDown));
  return {
    maxAcross,
    maxDown,
    mcusWide,
    mcusHigh,
    components: stated.map(each => ({
      ...each,
      blocksWide: Math.ceil(Math.ceil((width * each.across) / maxAcross) / 8),
      blocksHigh: Math.ceil(Math.ceil((height * each.down) / maxDown) / 8),
      stride: mcusWide * each.across,
      coefficients: new Int16Array(mcusWide * each.across * mcusHigh * each.down * 64),
    })),
  };
}

/** @returns offset of the marker after the scan */
function readScan(
  bytes: Uint8Array,
  at: number,
  frame: Frame,
  tables: Tables,
  header: JpegHeader,
  restartInterval: number,
): number {
  const length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  const body = bytes.subarray(at + 4, at + 2 + length);
  const count = body[0] ?? 0;
  if (count < 1 || count > 4 || body.length < 4 + count * 2) throw new Error('a scan header is cut off');
  const components = Array.from({ length: count }, (_, i): ScanComponent => {
    const component = frame.components.find(({ id }) => id === body[1 + i * 2]);
    if (component === undefined) throw new Error('a scan names an unknown component');
    const selector = body[2 + i * 2] as number;
    return { component, dc: tables.dc.get(selector >> 4), ac: tables.ac.get(selector & 15) };
  });
  const [from, to, bits] = body.subarray(1 + count * 2) as unknown as [number, number, number];
  const progressive = header.frame === PROGRESSIVE;
  const ordered = from === 0 ? to === 0 : from <= to && to < 64 && count === 1;
  if (progressive && (!ordered || (bits & 15) > 13)) throw new Error('a wrong progressive scan');
  const reader = bitReader(bytes, at + 2 + length);
  decodeScan(reader, {
    components,
    progressive,
    from,
    to,
    high: bits >> 4,
    low: bits & 15,
    mcusWide: frame.mcusWide,
    mcusHigh: frame.mcusHigh,
    restartInterval,
  });
  return reader.end();
}

/** The picture's planes in stored order, each [height, width]. */
function decodePlanes(bytes: Uint8Array, header: JpegHeader): Uint8Array[] {
  const tables: Tables = { quantisation: new Map(), dc: new Map(), ac: new Map() };
  const { width, height } = header;
  let frame: Frame | undefined;
  let restartInterval = 0;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff || bytes[at + 1] === 0xff || bytes[at + 1] === 0) {
      at += 1;
      continue;
    }
    const marker = bytes[at + 1] as number;
    if (marker === 0xd9) break;
    if (marker >= 0xd0 && marker <= 0xd8) {
      at += 2;
      continue;
    }
    const end = at + 2 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
    const body = bytes.subarray(at + 4, end);
    if (marker === 0xda) {
      if (frame === undefined) throw new Error('a scan stands before the frame');
      at = readScan(bytes, at, frame, tables, header, restartInterval);
      continue;
    }
    if (marker === 0xdb) readQuantisation(body, tables);
    else if (marker === 0xc4) readHuffman(body, tables);
    else if (marker === 0xdd) restartInterval = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
    else if (marker === header.frame) frame = readFrame(body, header);
    at = Math.max(end, at + 2);
  }
  if (frame === undefined) throw new Error('the frame is missing');
  const { maxAcross, maxDown, components } = frame;
  return components.map(({ across, down, stride, coefficients, quantisation }) => {
    const table = tables.quantisation.get(quantisation);
    if (table === undefined) throw new Error('a quantisation table is missing');
    const samples = inverseDct(coefficients, stride, coefficients.length / 64 / stride, table);
    const plane = {
      samples,
      stride: stride * 8,
      width: Math.ceil((width * across) / maxAcross),
      height: Math.ceil((height * down) / maxDown),
    };
    return upsample(plane, maxAcross / across, maxDown / down, width, height);
  });
}

const clip = (level: number): number => Math.min(255, Math.max(0, level));

/** YCbCr → RGB in place, the first three of `step` samples of each pixel (JFIF constants in 16 bits). */
function toRgb(pixels: Uint8Array, step: number): void {
  const fixed = (value: number): number => Math.round(value * 65536);
  const [redCr, blueCb, greenCr, greenCb] = [fixed(1.402), fixed(1.772), fixed(0.71414), fixed(0.34414)];
  for (let i = 0; i < pixels.length; i += step) {
    const y = pixels[i] as number;
    const cb = (pixels[i + 1] as number) - 128;
    const cr = (pixels[i + 2] as number) - 128;
    pixels[i] = clip(y + ((redCr * cr + 32768) >> 16));
    pixels[i + 1] = clip(y + ((32768 - greenCb * cb - greenCr * cr) >> 16));
    pixels[i + 2] = clip(y + ((blueCb * cb + 32768) >> 16));
  }
}

/** [height, width, components] */
function decodeInterleaved(bytes: Uint8Array, header: JpegHeader): Uint8Array {
  const { width, height, components } = header;
  const pixels = new Uint8Array(width * height * components);
  for (const [channel, plane] of decodePlanes(bytes, header).entries())
    for (let i = 0; i < plane.length; i += 1) pixels[i * components + channel] = plane[i] as number;
  return pixels;
}

/**
 * Four-component JPEG (CMYK, or YCCK by its Adobe segment), Huffman coded, sequential or progressive → [height, width, 3] RGB.
 * The WebAssembly codec gives no inks. They are taken as stored inverted, with or without an Adobe segment, as Pillow does
 * (JpegImagePlugin.py, `CMYK;I`).
 * @throws Error when the data are damaged
 */
export function decodeCmykJpeg(bytes: Uint8Array, header: JpegHeader): Uint8Array {
  const { width, height, adobeTransform } = header;
  const cmyk = decodeInterleaved(bytes, header);
  const ycck = adobeTransform !== undefined && adobeTransform !== CMYK;
  // YCbCr of inverted inks stands for 255 − ink, as RGB: inverted once more they are those numbers.
  if (ycck) toRgb(cmyk, 4);
  for (let i = ycck ? 3 : 0; i < cmyk.length; i += ycck ? 4 : 1) cmyk[i] = 255 - (cmyk[i] as number);
  const rgb = new Uint8Array(width * height * 3);
  cmykToRgb(cmyk, 4, width * height, rgb, 0);
  return rgb;
}

/**
 * YCbCr JPEG, Huffman coded, whose two chroma planes have sizes that the WebAssembly codec has no name for.
 * @returns [height, width, 3] RGB
 * @throws Error when the data are damaged
 */
export function decodeOddChroma(bytes: Uint8Array, header: JpegHeader): Uint8Array {
  const rgb = decodeInterleaved(bytes, header);
  toRgb(rgb, 3);
  return rgb;
}
