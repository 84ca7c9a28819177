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

export interface CodecOptions {
  readonly noInitialRun: boolean;
  instantiateWasm(imports: Imports, done: (instance: Instance) => void): Exports;
  print(line: string): void;
  printErr(line: string): void;
}

export type CodecFactory<Module> = (options: CodecOptions) => Promise<Module>;

export class CodecFailure extends Error {}

export interface WasmCodec<Module> {
  /**
   * Calls the codec.
   * @param pixels of the picture
   * @param use must not keep the module
   * @throws CodecFailure when `use` throws; the codec's own words, where it has any
   */
  run<Result>(pixels: number, use: (module: Module) => Result): Promise<Result>;
}

/** The memory of an instance never shrinks; after an image this large the instance is dropped. */
const FRESH_AFTER_PIXELS = 24_000_000;

/**
 * A WebAssembly codec, compiled at first use from the file that `codecFile` names: nothing is fetched. An instance that
 * failed is thrown away, since the failed call leaves its memory behind.
 */
export function wasmCodec<Module>(file: CodecFile, factory: CodecFactory<Module>): WasmCodec<Module> {
  let compiled: Promise<CompiledModule> | undefined;
  let ready: Promise<Module> | undefined;
  let messages: string[] = [];

  async function compile(): Promise<CompiledModule> {
    return WebAssembly.compile(await readFile(codecFile(file)));
  }

  async function instantiate(): Promise<Module> {
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

  return {
    async run(pixels, use) {
      ready ??= instantiate();
      let codec: Module;
      try {
        codec = await ready;
      } catch (thrown) {
        compiled = undefined;
        ready = undefined;
        throw thrown;
      }
      messages = [];
      try {
        const result = use(codec);
        if (pixels > FRESH_AFTER_PIXELS) ready = undefined;
        return result;
      } catch (thrown) {
        ready = undefined;
        throw new CodecFailure(messages[0] ?? (thrown instanceof Error ? thrown.message : ''), {
          cause: thrown,
        });
      }
    },
  };
}
