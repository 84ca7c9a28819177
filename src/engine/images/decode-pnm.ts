import { checkSize, type DecodedImage, unreadable } from './decoded-image';
import { type PnmHeader, readPnmHeader } from './pnm-header';
import { roundHalfEven } from './round-half-even';
import { unpackBits } from './unpack-bits';

const MODES: Readonly<Record<PnmHeader['kind'], string>> = {
  1: '1',
  2: 'L',
  3: 'RGB',
  4: '1',
  5: 'L',
  6: 'RGB',
};

/**
 * PBM, PGM or PPM, as bytes or as text, up to 16 bits → RGB as Pillow's `convert('RGB')`. Greys of more than 8 bits are clipped at
 * 255, as in 16-bit PNG; colours of another white than 255 are scaled to it.
 * @throws CoopError `image.unreadable`, `image.tooLarge`
 */
export function decodePnm(bytes: Uint8Array, subject: string): DecodedImage {
  const header = readPnmHeader(bytes, subject);
  const { kind, width, height, white } = header;
  checkSize(subject, header);
  const channels = MODES[kind] === 'RGB' ? 3 : 1;
  const count = width * height * channels;
  const stored = bytes.subarray(header.data);
  const needed = bytesNeeded(header, count);
  if (stored.length < needed)
    throw unreadable(subject, `the PNM is truncated (${stored.length} of ${needed} bytes)`);
  const level = levelTable(header, channels);
  const rgb = new Uint8Array(width * height * 3);
  const put = (sample: number, value: number): void => {
    const shown = level(value);
    if (channels === 3) rgb[sample] = shown;
    else rgb.fill(shown, sample * 3, sample * 3 + 3);
  };
  if (kind <= 3) readText(stored, header, count, put, subject);
  else if (kind === 4)
    for (let row = 0; row < height; row += 1) {
      const bits = unpackBits(stored, row * Math.ceil(width / 8), width, 1);
      for (let x = 0; x < width; x += 1) put(row * width + x, bits[x] as number);
    }
  else if (white > 255)
    for (let i = 0; i < count; i += 1)
      put(i, ((stored[2 * i] as number) << 8) | (stored[2 * i + 1] as number));
  else for (let i = 0; i < count; i += 1) put(i, stored[i] as number);
  const mode = channels === 1 && white > 255 ? 'I' : MODES[kind];
  return { width, height, rgb, format: 'pnm', mode, exifOrientation: 1 };
}

/** Fewer cannot hold the samples. In text a bit takes a digit, a number a digit and a blank between two. */
function bytesNeeded({ kind, width, height, white }: PnmHeader, count: number): number {
  if (kind === 4) return Math.ceil(width / 8) * height;
  if (kind === 1) return count;
  return kind <= 3 ? count * 2 - 1 : count * (white > 255 ? 2 : 1);
}

/** Stored number → level 0..255. */
function levelTable({ kind, white }: PnmHeader, channels: number): (value: number) => number {
  if (kind === 1 || kind === 4) return bit => (bit === 0 ? 255 : 0);
  const most = channels === 1 && white > 255 ? 65535 : 255;
  const table = Uint8Array.from({ length: 65536 }, (_, value) =>
    Math.min(255, roundHalfEven((value / white) * most)),
  );
  return value => table[value] as number;
}

function readText(
  text: Uint8Array,
  { kind, white }: PnmHeader,
  count: number,
  put: (sample: number, value: number) => void,
  subject: string,
): void {
  const wrong = () => unreadable(subject, 'the PNM has a wrong number among its pixels');
  let sample = 0;
  let value = -1;
  const finish = (): void => {
    if (value < 0) return;
    if (value > white) throw wrong();
    put(sample, value);
    sample += 1;
    value = -1;
  };
  for (let at = 0; at < text.length && sample < count; at += 1) {
    const byte = text[at] as number;
    if (byte === 0x23) {
      while (at < text.length && text[at] !== 0x0a && text[at] !== 0x0d) at += 1;
      continue;
    }
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) {
      finish();
      continue;
    }
    const digit = byte - 0x30;
    if (digit < 0 || digit > 9) throw wrong();
    value = Math.max(0, value) * 10 + digit;
    if (value > white) throw wrong();
    if (kind === 1) finish();
  }
  if (sample < count) finish();
  if (sample < count) throw unreadable(subject, `the PNM is truncated (${sample} of ${count} samples)`);
}
