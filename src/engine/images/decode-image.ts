import { decodeBmp } from './decode-bmp';
import { decodeGif } from './decode-gif';
import { decodeJpeg } from './decode-jpeg';
import { decodePng } from './decode-png';
import { decodePnm } from './decode-pnm';
import { decodeTiff } from './decode-tiff';
import { decodeWebp } from './decode-webp';
import { type DecodedImage, unreadable, unsupported } from './decoded-image';
import { isDecoded, sniffFormat } from './sniff-format';

export interface DecodeOptions {
  /** What messages call the image: its path or name. */
  readonly subject?: string;
}

/**
 * Decodes an image file to RGB exactly as Pillow's `open` and `convert('RGB')` do. The format is told by the content.
 * @throws CoopError `image.unreadable` for empty, damaged, truncated or unsupported files; `image.tooLarge` above
 * MAX_PIXELS, from the header alone
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<DecodedImage> {
  const subject = options.subject ?? 'The image';
  if (bytes.length === 0) throw unreadable(subject, 'the file is empty');
  const format = sniffFormat(bytes);
  if (format === undefined) throw unreadable(subject, 'it is not an image in a known format');
  if (!isDecoded(format)) throw unsupported(subject, `the format ${format}`);
  switch (format) {
    case 'jpeg':
      return decodeJpeg(bytes, subject);
    case 'png':
      return decodePng(bytes, subject);
    case 'webp':
      return decodeWebp(bytes, subject);
    case 'gif':
      return decodeGif(bytes, subject);
    case 'bmp':
      return decodeBmp(bytes, subject);
    case 'tiff':
      return decodeTiff(bytes, subject);
    case 'pnm':
      return decodePnm(bytes, subject);
  }
}
