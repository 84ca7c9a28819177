/// <reference path="./libjpeg-turbo.d.ts" />
import turbo from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import { type CodecFactory, CodecFailure, wasmCodec } from './wasm-codec';

/** The codec holds no more than 2^29 bytes of a picture. */
export const MAX_JPEG_PIXELS = Math.floor(2 ** 29 / 3);

/** cornerstonejs/codecs, packages/libjpeg-turbo-8bit/src/JPEGDecoder.hpp */
interface JpegDecoder {
  /** Memory of the codec for that many bytes of a file; a view that the next call may move. */
  getEncodedBuffer(bytes: number): Uint8Array;
  /** @throws a number for every error and every warning of the library */
  decode(): void;
  getFrameInfo(): { readonly width: number; readonly height: number; readonly componentCount: number };
  /** [height, width, components] uint8, 1 or 3 components; a view. */
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

const codec = wasmCodec(
  'libjpegturbowasm_decode.wasm',
  turbo as CodecFactory<{ readonly JPEGDecoder: new () => JpegDecoder }>,
);

export interface JpegPlanes {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 RGB. */
  readonly components: number;
  /** [height, width, components] uint8 */
  readonly data: Uint8Array;
}

/**
 * A grey or colour JPEG by libjpeg-turbo with its defaults (accurate integer DCT, fancy upsampling), as Pillow uses it.
 * Damaged data give the picture that the library makes of them.
 * @throws CodecFailure for data it makes no picture of
 */
export async function decodeTurboJpeg(bytes: Uint8Array, pixels: number): Promise<JpegPlanes> {
  // What the library complained about is told as an error and leaves its memory behind: the instance has to go.
  let damaged: JpegPlanes | undefined;
  const decoded = codec.run(pixels, ({ JPEGDecoder }) => {
    const decoder = new JPEGDecoder();
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    try {
      decoder.decode();
    } catch (thrown) {
      damaged = pictureDespite(decoder);
      throw thrown;
    }
    const planes = planesOf(decoder);
    decoder.delete();
    return planes;
  });
  return decoded.catch((thrown: unknown) => {
    if (thrown instanceof CodecFailure && damaged !== undefined) return damaged;
    throw thrown;
  });
}

function planesOf(decoder: JpegDecoder): JpegPlanes {
  const { width, height, componentCount: components } = decoder.getFrameInfo();
  return { width, height, components, data: decoder.getDecodedBuffer().slice() };
}

/**
 * The codec does not tell an error from a warning, after which the picture was written to its end. Errors come before the
 * first row: tables that are missing, scans that contradict each other.
 */
function pictureDespite(decoder: JpegDecoder): JpegPlanes | undefined {
  const planes = planesOf(decoder);
  const whole = planes.data.length === planes.height * planes.width * planes.components;
  return whole && planes.data.some(level => level !== 0) ? planes : undefined;
}
