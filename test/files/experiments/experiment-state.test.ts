import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  readExperimentProgress,
  writeExperimentState,
} from '../../../src/files/experiments/experiment-state';
import { acquireLock } from '../../../src/files/runs/run-lock';
import type { ExperimentState } from '../../../src/shared/contracts/experiment-state';

describe('the progress of an experiment', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-experiment-state-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (phase: ExperimentState['phase'], at: number) =>
    writeExperimentState(folder, {
      format: 1,
      title: 'one',
      phase,
      updatedAt: new Date(at).toISOString(),
      total: 3,
      done: 1,
      running: [],
      failures: [],
    });
  const status = async () => (await readExperimentProgress(folder)).status;

  it('is not its predecessor’s end while a process that has just begun has said nothing', async () => {
    assert.equal(await status(), null);
    await write('stopped', Date.now() - 1000);
    assert.equal(await status(), 'stopped');
    const lock = await acquireLock(folder);
    assert.equal(await status(), 'planning');
    await write('measuring', Date.now());
    assert.equal(await status(), 'measuring');
    await write('done', Date.now());
    assert.equal(await status(), 'done');
    await lock.release();
    assert.equal(await status(), 'done');
  });

  it('is interrupted where nobody is at work and no end was told', async () => {
    await write('measuring', Date.now());
    assert.equal(await status(), 'interrupted');
  });
});
