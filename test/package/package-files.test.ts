import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { buildCommand } from '../process/support/build-command';
import { root } from '../support/root';

describe('the files of the package', () => {
  let files: string[];

  before(function () {
    // npm, which lists the packages to ship, takes a linked folder's development tools for missing.
    if (lstatSync(path.join(root, 'node_modules')).isSymbolicLink()) this.skip();
    buildCommand();
    const list = spawnSync(process.execPath, [path.join(root, 'tools/package.mjs'), '--list'], {
      encoding: 'utf8',
    });
    assert.equal(list.status, 0, list.stderr);
    files = list.stdout.split('\n').filter(line => /^\S+\.\w+$|LICENSE/.test(line));
  });

  it('are those that run, and what has to be said of them', () => {
    for (const wanted of [
      'package.json',
      'LICENSE',
      'README.md',
      'dist/extension.js',
      'dist/coop.js',
      'dist/licences.txt',
      'dist/webview/report.js',
      'media/sample/demo.prompts',
      'media/words/common.txt',
      'node_modules/onnxruntime-node/dist/index.js',
      'node_modules/onnxruntime-common/dist/cjs/index.js',
    ])
      assert.ok(files.includes(wanted), `${wanted} is missing among ${files.length} files`);
  });

  it('are no declarations, source maps, sources, tests or tools', () => {
    const strange = files.filter(
      file =>
        /\.(d\.ts|map|ts|tsx|mjs)$/.test(file) || /^(src|test|tools|bench|webview|\.[a-z]+)\//.test(file),
    );
    assert.deepEqual(strange, []);
  });
});
