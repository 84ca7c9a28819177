import { readFile } from 'node:fs/promises';
import { type CodecFile, codecFile } from './codec-files';

type CompiledModule = object;
type Imports = object;
type Exports = object;
interface Instance {
  readonly exports: Exports;
}

/** The part of the global that is used here; the compiler's library has it only together with the browser's. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<CompiledModule>;
  readonly Instance: new (module: CompiledModule, imports: Imports) => Instance;
};

/** A picture as an Emscripten image decoder returns it: RGBA, not premultiplied. */
export interface RgbaImage {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

interface CodecModule {
  decode(data: Uint8Array, ...options: readonly boolean[]): RgbaImage | null;
}

export interface CodecOptions {
  readonly noInitialRun: boolean;
  instantiateWasm(imports: Imports, done: (instance: Instance) => void): Exports;
  print(line: string): void;
  printErr(line: string): void;
}

export type CodecFactory = (options: CodecOptions) => Promise<CodecModule>;

export interface RgbaResult {
  readonly image: RgbaImage | null;
  /** The lines the codec wrote to its standard error. */
  readonly messages: readonly string[];
}

export type RgbaDecoder = (bytes: Uint8Array, pixels: number) => Promise<RgbaResult>;

export class CodecFailure extends Error {}

/** The memory of an instance never shrinks; after an image this large the instance is dropped. */
const FRESH_AFTER_PIXELS = 24_000_000;

/**
 * A decoder on top of one WebAssembly codec, compiled at first use from the file that `codecFile` names: nothing is fetched.
 * An instance that failed is thrown away, since the failed call leaves its memory behind.
 * @param options further arguments of the codec's `decode`
 */
export function wasmDecoder(
  file: CodecFile,
  factory: CodecFactory,
  options: readonly boolean[] = [],
): RgbaDecoder {
  let compiled: Promise<CompiledModule> | undefined;
  let ready: Promise<CodecModule> | undefined;
  let messages: string[] = [];

  async function compile(): Promise<CompiledModule> {
    return WebAssembly.compile(await readFile(codecFile(file)));
  }

  async function instantiate(): Promise<CodecModule> {
    compiled ??= compile();
    const module = await compiled;
    return factory({
      noInitialRun: true,
      instantiateWasm(imports, done) {
        const instance = new WebAssembly.Instance(module, imports);
        done(instance);
        return instance.exports;
      },
      print: line => messages.push(line),
      printErr: line => messages.push(line),
    });
  }

  return async (bytes, pixels) => {
    ready ??= instantiate();
    let codec: CodecModule;
    try {
      codec = await ready;
    } catch (thrown) {
      compiled = undefined;
      ready = undefined;
      throw thrown;
    }
    messages = [];
    try {
      const image = codec.decode(bytes, ...options);
      if (pixels > FRESH_AFTER_PIXELS) ready = undefined;
      return { image, messages };
    } catch (thrown) {
      ready = undefined;
      throw new CodecFailure(messages[0] ?? String((thrown as Error).message), { cause: thrown });
    }
  };
}

/** Drops the alpha channel: [height, width, 4] → [height, width, 3]. */
export function dropAlpha(rgba: Uint8Array | Uint8ClampedArray, pixels: number): Uint8Array {
  const rgb = new Uint8Array(pixels * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = rgba[from] as number;
    rgb[to + 1] = rgba[from + 1] as number;
    rgb[to + 2] = rgba[from + 2] as number;
  }
  return rgb;
}
