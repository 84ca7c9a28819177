// Bundles the benchmarks as the product is bundled, and runs them: npm run bench -- [--quick] [workload …]
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWithEngine } from '../tools/bundle-with-engine.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
await bundleWithEngine({ main: 'bench/main.ts' }, 'out/bench');
const { status } = spawnSync(process.execPath, ['out/bench/main.js', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
