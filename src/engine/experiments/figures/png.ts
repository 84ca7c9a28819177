import { readFile } from 'node:fs/promises';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { codecFile } from '../../images/codec-files';
import { once } from '../../once';

/** Dots for each unit of the drawing: 288 dpi where a unit is 1/96 inch. */
const SCALE = 3;

const ready = once(async () => {
  await initWasm(await readFile(codecFile('resvg.wasm')));
  return Promise.all([readFile(codecFile('DejaVuSans.ttf')), readFile(codecFile('DejaVuSans-Bold.ttf'))]);
});

/** A figure as PNG on white, with a font of our own, so that it looks the same on every machine. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  const fontBuffers = await ready();
  const drawing = new Resvg(svg, {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: SCALE },
    font: { fontBuffers, defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' },
  });
  try {
    return drawing.render().asPng();
  } finally {
    drawing.free();
  }
}
