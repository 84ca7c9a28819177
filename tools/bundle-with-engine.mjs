import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles scripts that use the engine as the product is bundled, with the workers and codecs that it looks for beside
 * the bundle; builds the product first. Run in the project's folder.
 * @param {Readonly<Record<string, string>>} entryPoints source files by name
 * @param {string} outdir
 */
export async function bundleWithEngine(entryPoints, outdir) {
  if (spawnSync(process.execPath, ['esbuild.mjs'], { stdio: 'inherit' }).status !== 0) process.exit(1);
  await build({
    entryPoints,
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['onnxruntime-node'],
    logLevel: 'warning',
  });
  cpSync('dist/codecs', path.join(outdir, 'codecs'), { recursive: true });
  for (const file of readdirSync('dist').filter(name => name.endsWith('-worker.js')))
    cpSync(path.join('dist', file), path.join(outdir, file));
}
