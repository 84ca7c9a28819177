import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../../support/root';

let isBuilt = false;

/** Builds the product, once for all tests of a process; returns the command line's file, to run with Node. */
export function buildCommand(): string {
  if (!isBuilt) {
    const { status } = spawnSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'inherit' });
    if (status !== 0) throw new Error('the build failed');
    isBuilt = true;
  }
  return path.join(root, 'dist/coop.js');
}
