import path from 'node:path';
import { build } from 'esbuild';
import { webviewBuilds } from '../../../webview/build.mjs';

export const root = path.join(__dirname, '../../..');

/** Bundles the command line as the product's build does; returns the file to run with Node. */
export async function buildCommand(): Promise<string> {
  await build({
    entryPoints: {
      coop: path.join(root, 'src/cli/main.ts'),
      'session-worker': path.join(root, 'src/engine/runtime/session-worker.ts'),
    },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outdir: path.join(root, 'out'),
    external: ['onnxruntime-node'],
    logLevel: 'error',
  });
  for (const options of webviewBuilds)
    await build({
      ...options,
      absWorkingDir: root,
      outdir: path.join(root, 'out/webview'),
      logLevel: 'error',
    });
  return path.join(root, 'out/coop.js');
}
