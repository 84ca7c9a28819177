import { unsupported } from './decoded-image';
import { Tag, type TiffDirectory } from './tiff-directory';

/** How the samples of a TIFF stand for colours. */
export interface TiffColours {
  readonly photometric: number;
  readonly bits: number;
  /** Samples per pixel, extra ones included. */
  readonly samples: number;
  /** Meaning of the first extra sample: 0 unknown, 1 premultiplied alpha, 2 alpha; undefined without extra samples. */
  readonly extra: number | undefined;
  readonly littleEndian: boolean;
  /** 16-bit values: all reds, all greens, all blues. */
  readonly colourMap: readonly number[];
}

/** Pictures of more are no photographs. */
export const MAX_SAMPLES = 8;

/** Values of TIFF 6.0. */
export const Photometric = {
  whiteIsZero: 0,
  blackIsZero: 1,
  rgb: 2,
  palette: 3,
  separated: 5,
  yCbCr: 6,
} as const;
/** Of `Tag.compression`. */
const JPEG = 7;

/** Number of colour samples, or undefined for a combination that is not supported. */
function colourSamples({ photometric, bits, samples }: TiffColours): number | undefined {
  if (photometric === Photometric.whiteIsZero || photometric === Photometric.blackIsZero)
    return [1, 2, 4, 8, 16].includes(bits) && (bits >= 8 || samples === 1) ? 1 : undefined;
  if (photometric === Photometric.palette)
    return [1, 2, 4, 8].includes(bits) && (bits === 8 || samples === 1) ? 1 : undefined;
  if (photometric === Photometric.rgb) return (bits === 8 || bits === 16) && samples >= 3 ? 3 : undefined;
  if (photometric === Photometric.separated) return bits === 8 && samples >= 4 ? 4 : undefined;
  return undefined;
}

/**
 * What a directory says of colours.
 * @throws CoopError `image.unreadable` for samples that are not decoded here: numbers with a sign or a point, YCbCr, Lab …
 */
export function readTiffColours(directory: TiffDirectory, subject: string): TiffColours {
  const stored = directory.value(Tag.photometric, 0);
  const allBits = directory.values(Tag.bitsPerSample);
  const colours: TiffColours = {
    // The JPEG decoder turns it into RGB.
    photometric:
      stored === Photometric.yCbCr && directory.value(Tag.compression, 1) === JPEG ? Photometric.rgb : stored,
    bits: allBits[0] ?? 1,
    samples: directory.value(Tag.samplesPerPixel, 1),
    extra: directory.values(Tag.extraSamples)[0],
    littleEndian: directory.littleEndian,
    colourMap: directory.values(Tag.colourMap),
  };
  const { photometric, bits, samples } = colours;
  const mixed = allBits.some(each => each !== bits);
  const numbers = directory.values(Tag.sampleFormat).some(format => format !== 1);
  if (mixed || numbers || samples > MAX_SAMPLES || colourSamples(colours) === undefined)
    throw unsupported(
      subject,
      `TIFF with ${samples} × ${bits} bits, sample format ${directory.value(Tag.sampleFormat, 1)} and photometric ${photometric}`,
    );
  return colours;
}
