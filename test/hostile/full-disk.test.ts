import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findRuns, readEvents } from '../../src/files/runs/read-run';
import { buildCommand } from '../process/support/build-command';
import { runCoop } from '../process/support/run-coop';
import { root } from '../support/root';

/** Enough for a run's files and its checkpoints, not for its report of some 35 kB. */
const LEFT_BYTES = 76 * 1024;
const LEARN = ['learn', 'demo.prompts', '--epochs', '6', '--save-every', '1', '--device', 'cpu', '--json'];

describe('a disk that is full when the report is to be written', () => {
  let command: string;
  let scratch: string;
  let folder: string;
  let isMounted = false;
  before(function () {
    scratch = mkdtempSync(path.join(os.tmpdir(), 'coop-disk-'));
    folder = path.join(scratch, 'small');
    mkdirSync(folder);
    const mount = ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder];
    isMounted = process.platform === 'linux' && spawnSync('mount', mount).status === 0;
    // Needs root on Linux to mount a small file system.
    if (!isMounted) this.skip();
    command = buildCommand();
  });
  after(() => {
    if (isMounted) execFileSync('umount', [folder]);
    rmSync(scratch, { recursive: true, force: true });
  });

  it('loses nothing that was learned: with space again, the same command writes the report', async () => {
    const sample = path.join(root, 'media/sample');
    const document = readFileSync(path.join(sample, 'demo.prompts'), 'utf8')
      .replace('./images/groups', path.join(sample, 'images/groups'))
      .replace('@model icon-clip', `@model ${path.join(sample, 'icon-clip')}`);
    writeFileSync(path.join(folder, 'demo.prompts'), document);
    const filler = path.join(folder, 'filler');
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(filler, new Uint8Array(bavail * bsize - LEFT_BYTES));
    const environment = { COOP_CACHE_DIR: path.join(scratch, 'cache') };
    const coop = () => runCoop(command, folder, LEARN, { environment });
    const full = await coop();
    assert.notEqual(full.code, 0);
    assert.match(full.stderr, /report\.json cannot be written: the disk is full/);
    const runs = async () => (await findRuns(path.join(folder, '.coop/runs'))).runs;
    const [failed, ...others] = await runs();
    assert.equal(others.length, 0);
    assert.equal(failed!.status, 'failed');
    assert.equal(failed!.state.error?.code, 'disk.full');

    truncateSync(filler, 0);
    const again = await coop();
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /Going on with the unfinished run/);
    assert.deepEqual(
      (await runs()).map(({ directory, status, hasReport }) => [directory, status, hasReport]),
      [[failed!.directory, 'done', true]],
    );
    const { events } = await readEvents(failed!.directory);
    const resumed = events.findIndex(({ type }) => type === 'resume');
    assert.ok(resumed > 0);
    assert.equal(
      events.slice(resumed).filter(({ type }) => type === 'epoch').length,
      0,
      'nothing is learned twice',
    );
    assert.equal(readFileSync(path.join(folder, '.coop/.gitignore'), 'utf8'), 'runs/\n');
  });
});
