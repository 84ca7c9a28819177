import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadPixels } from '../../../src/engine/images/load-pixels';
import type { PreprocessSpec } from '../../../src/engine/images/preprocess';
import { CoopError } from '../../../src/shared/errors';

describe('an image that is none any more when it is read', () => {
  it('is refused, never waited for: a pipe, a device', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-pixels-'));
    try {
      execFileSync('mkfifo', [path.join(folder, 'pipe.jpg')]);
      symlinkSync('/dev/zero', path.join(folder, 'zero.jpg'));
      // Never looked at: reading ends before the first pixel.
      const spec = {} as PreprocessSpec;
      for (const subject of ['pipe.jpg', 'zero.jpg'])
        await assert.rejects(
          loadPixels({ file: path.join(folder, subject), subject, hash: '', spec }),
          (error: unknown) => error instanceof CoopError && error.message.includes(subject),
        );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
