// Bundles the benchmarks as the product is bundled, and runs them: npm run bench -- [--quick] [workload …]
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
if (spawnSync(process.execPath, ['esbuild.mjs'], { stdio: 'inherit' }).status !== 0) process.exit(1);
await build({
  entryPoints: ['bench/main.ts'],
  outdir: 'out/bench',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['onnxruntime-node'],
  logLevel: 'warning',
});
// The engine looks for its workers and codecs beside the bundle.
cpSync('dist/codecs', 'out/bench/codecs', { recursive: true });
for (const file of readdirSync('dist').filter(name => name.endsWith('-worker.js')))
  cpSync(path.join('dist', file), path.join('out/bench', file));
const { status } = spawnSync(process.execPath, ['out/bench/main.js', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
