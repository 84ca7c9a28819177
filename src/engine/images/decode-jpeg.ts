import mozjpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import { CoopError } from '../../shared/errors';
import { decodeCmykJpeg, MAX_CMYK_PIXELS } from './decode-cmyk-jpeg';
import { checkSize, type DecodedImage, unreadable } from './decoded-image';
import { countScans, type JpegHeader, readJpegHeader } from './jpeg-header';
import { type CodecFactory, CodecFailure, dropAlpha, wasmDecoder } from './wasm-codec';

/** A progressive file may repeat the whole picture in each scan; ordinary ones have about ten. */
export const MAX_SCANS = 1000;
/** Upper bound of pixels × scans, which bounds the time a small hostile file can take. */
export const MAX_SCANNED_PIXELS = 4e9;

/** Each 8 × 8 block takes at least a bit, and chroma may be shared by several: no true file comes near. */
const MAX_PIXELS_PER_BYTE = 4096;

const BASELINE = 0xc0;
const PROGRESSIVE = 0xc2;

const KEEP_AS_STORED = false;
const decodeWasm = wasmDecoder('mozjpeg_dec.wasm', mozjpeg as unknown as CodecFactory, [KEEP_AS_STORED]);

function checkFrame(header: JpegHeader, subject: string): void {
  if (header.precision !== 8)
    throw unreadable(subject, `JPEG with ${header.precision} bits is not supported`);
  if (header.frame < BASELINE || header.frame > PROGRESSIVE)
    throw unreadable(subject, 'lossless, hierarchical and arithmetic-coded JPEG are not supported');
  if (![1, 3, 4].includes(header.components))
    throw unreadable(subject, `a JPEG cannot have ${header.components} colour components`);
}

function decodeInks(bytes: Uint8Array, header: JpegHeader, subject: string): Uint8Array {
  const { width, height } = header;
  if (width * height > MAX_CMYK_PIXELS)
    throw new CoopError(
      'image.tooLarge',
      `${subject} is a CMYK JPEG of ${width} × ${height} pixels; the limit for these is ${MAX_CMYK_PIXELS / 1e6} megapixels.`,
      { subject, next: 'Save it as RGB or scale it down.' },
    );
  try {
    return decodeCmykJpeg(bytes, header);
  } catch (thrown) {
    throw unreadable(subject, `the JPEG data are damaged: ${(thrown as Error).message}`, thrown);
  }
}

/**
 * JPEG → RGB with the arithmetic of libjpeg-turbo's defaults (accurate integer DCT, fancy upsampling), as Pillow uses it.
 * A file without its end marker is refused, as Pillow does; damage inside the data gives a picture and a warning.
 * @throws CoopError `image.unreadable`, `image.tooLarge`
 */
export async function decodeJpeg(bytes: Uint8Array, subject: string): Promise<DecodedImage> {
  const header = readJpegHeader(bytes, subject);
  checkFrame(header, subject);
  checkSize(subject, header);
  const { width, height } = header;
  const { scans, ended } = countScans(bytes, header.firstScan);
  if (!ended) throw unreadable(subject, 'the JPEG is truncated (no end marker)');
  if (scans > MAX_SCANS || scans * width * height > MAX_SCANNED_PIXELS)
    throw unreadable(subject, `the JPEG has ${scans} scans of ${width} × ${height} pixels`);
  if (width * height > bytes.length * MAX_PIXELS_PER_BYTE)
    throw unreadable(subject, `the JPEG has far too little data for ${width} × ${height} pixels`);
  const facts = { width, height, format: 'jpeg', exifOrientation: header.exifOrientation } as const;
  if (header.components === 4) return { ...facts, rgb: decodeInks(bytes, header, subject), mode: 'CMYK' };
  try {
    const { image, messages } = await decodeWasm(bytes, width * height);
    if (image === null || image.width !== width || image.height !== height)
      throw unreadable(subject, 'the JPEG data do not match its header');
    return {
      ...facts,
      rgb: dropAlpha(image.data, width * height),
      mode: header.components === 1 ? 'L' : 'RGB',
      ...(messages[0] === undefined ? {} : { warning: messages[0] }),
    };
  } catch (thrown) {
    if (thrown instanceof CodecFailure)
      throw unreadable(subject, `the JPEG decoder says “${thrown.message}”`, thrown);
    throw thrown;
  }
}
