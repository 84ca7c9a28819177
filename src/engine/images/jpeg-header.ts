import { unreadable, unsupported } from './decoded-image';
import { exifOrientation } from './exif-orientation';

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const APP1 = 0xe1;
const APP14 = 0xee;
/** Start-of-frame markers are C0..CF without DHT (C4), JPG (C8) and DAC (CC). */
const NOT_A_FRAME: ReadonlySet<number> = new Set([0xc4, 0xc8, 0xcc]);

export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour, 4 CMYK or YCCK. */
  readonly components: number;
  /** The two chroma planes of a colour picture have different sizes. */
  readonly oddSampling: boolean;
  readonly precision: number;
  /** The frame marker: 0xC0 baseline, 0xC1 extended, 0xC2 progressive, others are lossless, hierarchical or arithmetic. */
  readonly frame: number;
  /** Adobe's colour transform (0 none, 1 YCbCr, 2 YCCK); undefined without an Adobe segment. */
  readonly adobeTransform: number | undefined;
  readonly exifOrientation: number;
  /** Offset of the first scan's marker. */
  readonly firstScan: number;
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && !NOT_A_FRAME.has(marker);
}

function hasText(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** A marker without a length field: TEM, RST0..7, SOI. */
function standsAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

/**
 * Reads the segments before the first scan.
 * @throws CoopError `image.unreadable`
 */
export function readJpegHeader(bytes: Uint8Array, subject: string): JpegHeader {
  let frame:
    | Pick<JpegHeader, 'width' | 'height' | 'components' | 'oddSampling' | 'precision' | 'frame'>
    | undefined;
  let adobeTransform: number | undefined;
  let orientation = 1;
  let at = 2;
  const word = (from: number): number => ((bytes[from] as number) << 8) | (bytes[from + 1] as number);

  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff || bytes[at + 1] === 0xff || bytes[at + 1] === 0) {
      at += 1;
      continue;
    }
    const marker = bytes[at + 1] as number;
    if (standsAlone(marker)) {
      at += 2;
      continue;
    }
    if (marker === END_OF_IMAGE) break;
    if (marker === START_OF_SCAN) {
      if (frame === undefined) throw unreadable(subject, 'the JPEG has no frame header before its data');
      return { ...frame, adobeTransform, exifOrientation: orientation, firstScan: at };
    }
    const length = word(at + 2);
    const body = at + 4;
    const end = at + 2 + length;
    if (length < 2 || end > bytes.length) break;
    if (isFrame(marker)) {
      if (length < 8) throw unreadable(subject, 'the JPEG frame header is too short');
      if (frame !== undefined) throw unreadable(subject, 'the JPEG has two frame headers');
      frame = {
        frame: marker,
        precision: bytes[body] as number,
        height: word(body + 1),
        width: word(body + 3),
        components: bytes[body + 5] as number,
        oddSampling: bytes[body + 5] === 3 && length >= 17 && bytes[body + 10] !== bytes[body + 13],
      };
    } else if (marker === APP1 && hasText(bytes, body, 'Exif\0')) {
      orientation = exifOrientation(bytes.subarray(body + 6, end));
    } else if (marker === APP14 && length >= 14 && hasText(bytes, body, 'Adobe')) {
      adobeTransform = bytes[body + 11];
    }
    at = end;
  }
  throw unreadable(subject, 'the JPEG ends before its image data');
}

export interface JpegScans {
  readonly scans: number;
  /** True when the end-of-image marker stands somewhere after the first scan. */
  readonly ended: boolean;
}

/** Counts scans by walking the markers in the entropy-coded data from the first scan on. */
export function countScans(bytes: Uint8Array, firstScan: number): JpegScans {
  let scans = 0;
  for (let at = bytes.indexOf(0xff, firstScan); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1];
    if (marker === START_OF_SCAN) scans += 1;
    if (marker === END_OF_IMAGE) return { scans, ended: true };
  }
  return { scans, ended: false };
}

/** Frame markers: baseline, extended, progressive, and the last two arithmetic-coded. */
export const HUFFMAN: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
const ARITHMETIC: ReadonlySet<number> = new Set([0xc9, 0xca]);

/**
 * Whether such a picture is decoded here.
 * @throws CoopError `image.unreadable`
 */
export function checkJpegFrame(header: JpegHeader, subject: string): void {
  if (header.precision !== 8) throw unsupported(subject, `JPEG with ${header.precision} bits`);
  const { frame, components } = header;
  if (!HUFFMAN.has(frame) && !(ARITHMETIC.has(frame) && components !== 4))
    throw unsupported(
      subject,
      ARITHMETIC.has(frame) ? 'arithmetic-coded CMYK JPEG' : 'lossless or hierarchical JPEG',
    );
  if (![1, 3, 4].includes(components))
    throw unreadable(subject, `a JPEG cannot have ${components} colour components`);
}
