import type { ImageFormat } from './decoded-image';

/** Formats that are recognised to be named in the message, not decoded. */
export type KnownFormat =
  | ImageFormat
  | 'heic'
  | 'avif'
  | 'jpeg-xl'
  | 'jpeg-2000'
  | 'psd'
  | 'svg'
  | 'pdf'
  | 'git-lfs pointer';

function ascii(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}

const DECODED: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'bmp', 'tiff', 'pnm']);

export function isDecoded(format: KnownFormat): format is ImageFormat {
  return DECODED.has(format);
}

/** The format by the first bytes of the file, never by its name; undefined when nothing is recognised. */
export function sniffFormat(bytes: Uint8Array): KnownFormat | undefined {
  const start = ascii(bytes, 0, 16);
  if (start.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (start.startsWith('RIFF') && ascii(bytes, 8, 4) === 'WEBP') return 'webp';
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return 'gif';
  if (start.startsWith('BM')) return 'bmp';
  if (/^(II[*+]\0|MM\0[*+])/.test(start)) return 'tiff';
  if (/^P[1-6]\s/.test(start)) return 'pnm';
  if (ascii(bytes, 4, 4) === 'ftyp') return ascii(bytes, 8, 4).startsWith('avi') ? 'avif' : 'heic';
  if (start.startsWith('\xff\x0a') || start.startsWith('\0\0\0\x0cJXL ')) return 'jpeg-xl';
  if (start.startsWith('\0\0\0\x0cjP  ')) return 'jpeg-2000';
  if (start.startsWith('8BPS')) return 'psd';
  if (start.startsWith('%PDF')) return 'pdf';
  if (start.startsWith('version https://')) return 'git-lfs pointer';
  if (/^\s*<(\?xml|svg)/.test(start)) return 'svg';
  return undefined;
}
