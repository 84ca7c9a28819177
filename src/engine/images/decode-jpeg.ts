import { CoopError } from '../../shared/errors';
import { decodeCmykJpeg, decodeOddChroma, MAX_PLANES_PIXELS } from './decode-cmyk-jpeg';
import { checkData, checkSize, type DecodedImage, unreadable } from './decoded-image';
import { checkJpegFrame, countScans, HUFFMAN, type JpegHeader, readJpegHeader } from './jpeg-header';
import { decodeTurboJpeg, MAX_JPEG_PIXELS } from './turbo-jpeg';
import { CodecFailure } from './wasm-codec';

/** A progressive file may repeat the whole picture in each scan; ordinary ones have about ten. */
export const MAX_SCANS = 1000;
/** Upper bound of pixels × scans, which bounds the time a small hostile file can take. */
export const MAX_SCANNED_PIXELS = 4e9;

/** Each 8 × 8 block takes at least a bit, and chroma may be shared by several: no true file comes near. */
const MAX_PIXELS_PER_BYTE = 4096;

function checkPixels(pixels: number, limit: number, kind: string, subject: string): void {
  if (pixels <= limit) return;
  throw new CoopError(
    'image.tooLarge',
    `${subject} is a ${kind} of ${Math.round(pixels / 1e6)} megapixels; the limit for these is ${Math.floor(limit / 1e6)}.`,
    { subject, next: 'Scale it down; the model sees a few hundred pixels of it.' },
  );
}

/** By our own decoder, for what the codec does not do. */
function decodePlanes(bytes: Uint8Array, header: JpegHeader, subject: string): Uint8Array {
  const inks = header.components === 4;
  const pixels = header.width * header.height;
  checkPixels(pixels, MAX_PLANES_PIXELS, inks ? 'CMYK JPEG' : 'JPEG of uncommon sampling', subject);
  try {
    return inks ? decodeCmykJpeg(bytes, header) : decodeOddChroma(bytes, header);
  } catch (thrown) {
    throw unreadable(subject, `the JPEG data are damaged: ${(thrown as Error).message}`, thrown);
  }
}

/** [pixels] → [pixels, 3] */
function greyToRgb(levels: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(levels.length * 3);
  for (let i = 0, to = 0; i < levels.length; i += 1, to += 3) {
    const level = levels[i] as number;
    rgb[to] = level;
    rgb[to + 1] = level;
    rgb[to + 2] = level;
  }
  return rgb;
}

/**
 * JPEG → RGB with the arithmetic of libjpeg-turbo's defaults (accurate integer DCT, fancy upsampling), as Pillow uses it.
 * A file without its end marker is refused, as Pillow does; of damaged data the picture that the library makes of them.
 * @throws CoopError `image.unreadable`, `image.tooLarge`
 */
export async function decodeJpeg(bytes: Uint8Array, subject: string): Promise<DecodedImage> {
  const header = readJpegHeader(bytes, subject);
  checkJpegFrame(header, subject);
  checkSize(subject, header);
  const { width, height } = header;
  const { scans, ended } = countScans(bytes, header.firstScan);
  if (!ended) throw unreadable(subject, 'the JPEG is truncated (no end marker)');
  if (scans > MAX_SCANS || scans * width * height > MAX_SCANNED_PIXELS)
    throw unreadable(subject, `the JPEG has ${scans} scans of ${width} × ${height} pixels`);
  checkData(subject, 'JPEG', header, bytes.length, MAX_PIXELS_PER_BYTE);
  const facts = { width, height, format: 'jpeg', exifOrientation: header.exifOrientation } as const;
  if (header.components === 4) return { ...facts, rgb: decodePlanes(bytes, header, subject), mode: 'CMYK' };
  if (header.oddSampling && HUFFMAN.has(header.frame))
    return { ...facts, rgb: decodePlanes(bytes, header, subject), mode: 'RGB' };
  checkPixels(width * height, MAX_JPEG_PIXELS, 'JPEG', subject);
  try {
    const image = await decodeTurboJpeg(bytes, width * height);
    if (image.width !== width || image.height !== height || image.components !== header.components)
      throw unreadable(subject, 'the JPEG data do not match its header');
    const grey = image.components === 1;
    return { ...facts, rgb: grey ? greyToRgb(image.data) : image.data, mode: grey ? 'L' : 'RGB' };
  } catch (thrown) {
    if (thrown instanceof CodecFailure) throw unreadable(subject, 'the JPEG data are damaged', thrown);
    throw thrown;
  }
}
