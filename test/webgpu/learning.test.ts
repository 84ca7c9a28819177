import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DeviceInfo } from '../../src/shared/contracts/protocol';
import type { Report } from '../../src/shared/contracts/report';
import { buildCommand } from '../process/support/build-command';
import { vulkanDriver, vulkanMissing } from '../support/requirements.mjs';
import { root } from '../support/root';

describe('learning on WebGPU', function () {
  this.timeout(300_000);
  let folder: string;
  let command: string;

  before(async function () {
    const reason = vulkanMissing();
    if (reason !== null) {
      console.log(`    skipped: ${reason}`);
      this.skip();
    }
    command = buildCommand();
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-webgpu-'));
    cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
  });

  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  function coop<Result>(...args: readonly string[]): Result {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args, '--json'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, VK_ICD_FILENAMES: vulkanDriver, COOP_CACHE_DIR: path.join(folder, 'cache') },
    });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Result;
  }

  it('coop devices finds it usable, and auto takes the CPU where the driver is software', () => {
    const { devices, auto } = coop<{ devices: readonly DeviceInfo[]; auto: string }>('devices');
    const info = (name: string) => devices.find(({ device }) => device === name)!;
    const [webgpu, cpu] = [info('webgpu'), info('cpu')];
    assert.ok(webgpu.usable && cpu.usable);
    assert.equal(auto, webgpu.flopsPerSecond > cpu.flopsPerSecond ? 'webgpu' : 'cpu');
  });

  it('a whole run ends at the CPU’s accuracy, image by image', () => {
    const learn = (device: string) =>
      coop<{ report: Report }>('learn', 'demo.prompts', '--epochs', '5', '--device', device).report;
    const [cpu, webgpu] = [learn('cpu'), learn('webgpu')];
    assert.equal(webgpu.provenance.device, 'webgpu');
    assert.deepEqual(webgpu.confusion.learned, cpu.confusion.learned);
    assert.deepEqual(webgpu.seeds[0]!.test, cpu.seeds[0]!.test);
    assert.ok(Math.abs(webgpu.seeds[0]!.finalLoss - cpu.seeds[0]!.finalLoss) < 1e-3);
  });
});
