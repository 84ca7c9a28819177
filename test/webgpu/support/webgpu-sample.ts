import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildCommand } from '../../process/support/build-command';
import { vulkanDriver, vulkanMissing } from '../../support/requirements.mjs';
import { root } from '../../support/root';

/** A copy of the sample in which the command line runs on the driver in software. */
export class WebGpuSample {
  private constructor(
    readonly cache: string,
    private readonly folder: string,
    private readonly command: string,
  ) {}

  /** Skips the suite of a `before` hook, saying why, where the driver is not there. */
  static begin(context: Mocha.Context): WebGpuSample {
    const reason = vulkanMissing();
    if (reason !== null) {
      console.log(`    skipped: ${reason}`);
      context.skip();
    }
    const command = buildCommand();
    const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-webgpu-'));
    cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
    return new WebGpuSample(path.join(folder, 'cache'), folder, command);
  }

  coop(...args: readonly string[]) {
    return spawnSync(process.execPath, [this.command, ...args, '--json'], {
      cwd: this.folder,
      encoding: 'utf8',
      env: { ...process.env, VK_ICD_FILENAMES: vulkanDriver, COOP_CACHE_DIR: this.cache },
    });
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
