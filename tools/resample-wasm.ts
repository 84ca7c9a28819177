// Writes what src/engine/images/resample.wat compiles to: npm run wasm
import { readFileSync, writeFileSync } from 'node:fs';
import loadWabt from 'wabt';

const SOURCE = 'src/engine/images/resample.wat';
export const WASM_FILE = 'src/engine/images/resample-wasm.ts';

export async function wasmText(): Promise<string> {
  const wabt = await loadWabt();
  const { buffer } = wabt.parseWat(SOURCE, readFileSync(SOURCE), { simd: true }).toBinary({});
  const bytes = Buffer.from(buffer).toString('base64');
  return `/** resample.wat, compiled by \`npm run wasm\`; base64. */\nexport const RESAMPLE_WASM =\n  '${bytes}';\n`;
}

if (process.argv[1]?.endsWith('resample-wasm.ts'))
  void wasmText().then(text => writeFileSync(WASM_FILE, text));
