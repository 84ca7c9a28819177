import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startExperiment, stopExperiment } from '../../src/files/experiments/experiment-launcher';
import { readExperimentProgress } from '../../src/files/experiments/experiment-state';
import { readExperimentResults } from '../../src/files/experiments/read-results';
import { inspectLock } from '../../src/files/runs/inspect-lock';
import type { ExperimentStatus } from '../../src/shared/contracts/experiment-state';
import type { CoopError } from '../../src/shared/errors';
import { useOwnCache } from '../support/own-cache';
import { root } from '../support/root';
import { buildCommand } from './support/build-command';

describe('the process of an experiment', () => {
  let script: string;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-experiment-job-'));
  const write = (name: string, prompts: readonly string[], more: object = {}) => {
    const file = path.join(folder, `${name}.experiment.json`);
    const experiment = {
      title: name,
      documents: ['demo.prompts'],
      prompts,
      methods: [],
      shots: [1],
      seeds: [1],
      recipe: { name: 'cached', epochs: 400 },
      ...more,
    };
    writeFileSync(file, JSON.stringify(experiment));
    return file;
  };
  const until = async (out: string, wanted: (status: ExperimentStatus | null) => boolean) => {
    for (;;) {
      const { status } = await readExperimentProgress(out);
      if (wanted(status)) return status;
      await sleep(50);
    }
  };

  before(() => {
    script = buildCommand();
    cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
  });
  useOwnCache(() => folder);
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('stops when asked, goes on where it was, is one at a time, and ends with its table', async () => {
    const file = write('two', ['[V:4] {}.', '[V:16] {}.']);
    const options = ['--device', 'cpu', '--cores', '1'];
    const out = await startExperiment(file, { script, options });
    assert.equal(out, path.join(folder, 'two.results'));
    const first = (await inspectLock(out)).lock?.token;
    assert.ok(first !== undefined);
    assert.equal(await startExperiment(file, { script, options }), out);
    assert.equal((await inspectLock(out)).lock?.token, first);

    await until(out, status => status === 'measuring');
    while ((await readExperimentProgress(out)).state?.running.some(title => title.includes('[V:4]')) !== true)
      await sleep(20);
    await stopExperiment(out);
    assert.equal(await until(out, status => status !== 'measuring'), 'stopped');
    const { state } = await readExperimentProgress(out);
    assert.ok(state!.total === 3 && state!.done < 3, JSON.stringify(state));
    assert.deepEqual(state!.running, []);
    while ((await inspectLock(out)).condition !== 'none') await sleep(20);

    await startExperiment(file, { script, options });
    assert.equal(await until(out, status => status !== 'planning' && status !== 'measuring'), 'done');
    const done = await readExperimentResults(out);
    assert.equal(done.state!.done, 3);
    assert.deepEqual(done.table!.head, ['prompt', 'shots']);
    assert.ok(
      done.table!.rows.some(({ labels, values }) => labels[0] === '[V:16] {}.' && values[0] !== null),
    );
    assert.ok(done.figures.length > 0);
    for (const { name } of done.figures) assert.ok(existsSync(path.join(out, 'figures', name)));
  });

  it('that does not stop when asked is ended', async function () {
    if (process.platform === 'win32') this.skip();
    const file = write('deaf', ['[V:8] {}.'], { recipe: { name: 'cached', epochs: 3000 } });
    const out = await startExperiment(file, { script, options: ['--device', 'cpu'] });
    await until(out, status => status === 'measuring');
    const { pid } = (await inspectLock(out)).lock!;
    // It sleeps, and so hears nothing.
    process.kill(pid, 'SIGSTOP');
    await stopExperiment(out, 200);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    assert.equal((await readExperimentProgress(out)).status, 'interrupted');
  });

  it('killed is interrupted, and says so to whoever looks', async () => {
    const file = write('killed', ['[V:8] {}.'], { recipe: { name: 'cached', epochs: 3000 } });
    const out = await startExperiment(file, { script, options: ['--device', 'cpu'] });
    await until(out, status => status === 'measuring');
    process.kill((await inspectLock(out)).lock!.pid, 'SIGKILL');
    assert.equal(await until(out, status => status !== 'measuring'), 'interrupted');
  });

  it('tells the error that it failed with', async () => {
    const file = write('wrong', ['[V:4] {}.'], { documents: ['gone.prompts'] });
    await assert.rejects(
      startExperiment(file, { script, options: ['--device', 'cpu'] }),
      (thrown: CoopError) => /gone\.prompts/.test(thrown.message),
    );
    const all = write('all', ['[V:4] {}.'], {
      documents: undefined,
      datasets: [{ name: 'gone', images: 'images/none' }],
      models: ['icon-clip'],
    });
    const out = path.join(folder, 'all.results');
    await startExperiment(all, { script, options: ['--device', 'cpu'] }).catch(() => undefined);
    assert.equal(
      await until(out, status => status !== null && status !== 'planning' && status !== 'measuring'),
      'failed',
    );
    const { state } = await readExperimentProgress(out);
    assert.equal(state!.failures.length, 2);
    assert.match(readFileSync(path.join(out, 'index.html'), 'utf8'), /Not measured/);
  });
});
