import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import mozjpeg from '@jsquash/jpeg/codec/enc/mozjpeg_enc.js';
import { madeOnce } from './made-once';

/** Width and height in pixels. */
export type Size = readonly [number, number];

/** JPEG files of a photo's compression, in class folders; made once in the temporary folder. */
export async function photos(classes: number, perClass: number, size: Size): Promise<string> {
  const [width, height] = size;
  return madeOnce(`photos-${classes}-${perClass}-${width}`, async folder => {
    const wasm = createRequire(path.resolve('package.json')).resolve(
      '@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm',
    );
    const encoder = await mozjpeg({ noInitialRun: true, wasmBinary: await readFile(wasm) });
    for (let label = 0; label < classes; label++) {
      const sub = path.join(folder, `class ${label}`);
      mkdirSync(sub, { recursive: true });
      for (let index = 0; index < perClass; index++) {
        const jpeg = encoder.encode(picture(label, index, size), width, height, OPTIONS);
        writeFileSync(path.join(sub, `${index}.jpg`), new Uint8Array(jpeg));
      }
    }
  });
}

/** Smooth shapes with grain, so that quality 85 takes about as many bytes as a photo does. */
function picture(label: number, index: number, [width, height]: Size): Uint8Array {
  const pixels = new Uint8Array(width * height * 4);
  let noise = label * 7919 + index * 104729 + 1;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      noise ^= noise << 13;
      noise ^= noise >>> 17;
      noise ^= noise << 5;
      const grain = (noise & 31) - 16;
      const at = (y * width + x) * 4;
      for (let channel = 0; channel < 3; channel++) {
        const wave =
          Math.sin((x * (label + 1) + y * channel) / 60) + Math.cos((y * (index + 2)) / 90 + channel);
        pixels[at + channel] = Math.max(0, Math.min(255, 128 + 55 * wave + grain));
      }
      pixels[at + 3] = 255;
    }
  return pixels;
}

/** mozjpeg's defaults at quality 85, baseline instead of progressive as cameras write. */
const OPTIONS = {
  quality: 85,
  baseline: true,
  arithmetic: false,
  progressive: false,
  optimize_coding: true,
  smoothing: 0,
  color_space: 3,
  quant_table: 3,
  trellis_multipass: false,
  trellis_opt_zero: false,
  trellis_opt_table: false,
  trellis_loops: 1,
  auto_subsample: true,
  chroma_subsample: 2,
  separate_chroma_quality: false,
  chroma_quality: 85,
};
