import { type ImageSize, unreadable } from './decoded-image';

export interface PnmHeader extends ImageSize {
  /** P1 to P6: bits, greys and colours as text, then as bytes. */
  readonly kind: 1 | 2 | 3 | 4 | 5 | 6;
  /** Level of white; 1 for bits. */
  readonly white: number;
  /** Offset of the first sample. */
  readonly data: number;
}

const LONGEST_NUMBER = 10;

const isBlank = (byte: number | undefined): boolean =>
  byte !== undefined && (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));

/**
 * Reads the header of a PBM, PGM or PPM file (netpbm's ppm(5); Pillow, PpmImagePlugin.py).
 * @param bytes the file or its beginning
 * @throws CoopError `image.unreadable`
 */
export function readPnmHeader(bytes: Uint8Array, subject: string): PnmHeader {
  const kind = ((bytes[1] ?? 0) - 0x30) as PnmHeader['kind'];
  let at = 2;
  const number = (): number => {
    while (isBlank(bytes[at]) || bytes[at] === 0x23) {
      if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a && bytes[at] !== 0x0d) at += 1;
      else at += 1;
    }
    let value = 0;
    const from = at;
    for (; at < bytes.length && !isBlank(bytes[at]); at += 1) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9 || at - from >= LONGEST_NUMBER)
        throw unreadable(subject, 'the PNM header is damaged');
      value = value * 10 + digit;
    }
    if (at === from || at >= bytes.length) throw unreadable(subject, 'the PNM ends inside its header');
    return value;
  };
  const [width, height] = [number(), number()];
  const white = kind === 1 || kind === 4 ? 1 : number();
  if (white < 1 || white > 65535) throw unreadable(subject, `the PNM says that white is ${white}`);
  // One blank ends the header; what follows may be samples that look like blanks.
  return { kind, width, height, white, data: at + 1 };
}
