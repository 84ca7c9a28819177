import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { vulkanMissing } from '../support/requirements.mjs';
import { root } from '../support/root';

/** A machine that lacks something, or has half of it, is told what; it is no failure of the product. */
describe('what suites need of the machine', () => {
  let folder: string;
  before(function () {
    if (process.platform !== 'linux') this.skip();
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-requirements-'));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('WebGPU: the driver, the loader and the driver’s library are each named when they are missing', () => {
    const driver = path.join(folder, 'icd.json');
    assert.match(vulkanMissing(driver)!, /there is no Vulkan driver .*icd\.json/);
    writeFileSync(driver, '{');
    assert.match(vulkanMissing(driver)!, /cannot be read/);
    writeFileSync(driver, JSON.stringify({ ICD: { library_path: './libnone.so' } }));
    assert.match(vulkanMissing(driver, 'libnothing.so.1')!, /loader cannot be loaded: libnothing\.so\.1/);
    // The C library is there everywhere, as the loader should be.
    assert.match(vulkanMissing(driver, 'libc.so.6')!, /driver cannot be loaded: .*libnone\.so/);
  });

  it('a run of suites that can none of them run here says why, and does not fail', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [path.join(root, 'test/run.mjs'), 'webgpu', 'webview'],
      {
        encoding: 'utf8',
        env: {
          ...process.env,
          VK_ICD_FILENAMES: path.join(folder, 'none.json'),
          COOP_CHROMIUM: path.join(folder, 'none'),
        },
      },
    );
    assert.match(stdout, /skipped: there is no Vulkan driver/);
    assert.match(stdout, /skipped: there is no Chromium here/);
    assert.match(stdout, /\n0 passed, 0 failed, 2 skipped\n$/);
    assert.equal(status, 0);
  });
});
