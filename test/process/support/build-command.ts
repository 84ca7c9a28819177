import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../../support/root';

/** Builds the product; returns the command line's file, to run with Node. */
export function buildCommand(): string {
  const { status } = spawnSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the build failed');
  return path.join(root, 'dist/coop.js');
}
