import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { CoopError } from '../../shared/errors';

/** WebAssembly and fonts, by the name they have in the built `codecs` folder, with what their package calls them. */
export const CODEC_FILES = {
  'libjpegturbowasm_decode.wasm': '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm',
  'webp_dec.wasm': '@jsquash/webp/codec/dec/webp_dec.wasm',
  'resvg.wasm': '@resvg/resvg-wasm/index_bg.wasm',
  'DejaVuSans.ttf': 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
  'DejaVuSans-Bold.ttf': 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf',
} as const;

export type CodecFile = keyof typeof CODEC_FILES;

/**
 * Absolute path of a codec: `codecs` beside the running bundle, else node_modules.
 * @throws CoopError `engine.runtime` when it is in neither
 */
export function codecFile(name: CodecFile): string {
  const folder = path.join(__dirname, 'codecs');
  const bundled = path.join(folder, name);
  if (existsSync(bundled)) return bundled;
  try {
    // Hidden from the bundler: in a build the file stands in `codecs`.
    return createRequire(__filename).resolve(CODEC_FILES[name]);
  } catch {
    // Named below.
  }
  throw new CoopError('engine.runtime', `The file ${name} is missing from ${folder}.`, {
    subject: bundled,
    next: 'Reinstall the extension or run the build again.',
  });
}
