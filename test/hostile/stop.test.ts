import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inspectLock } from '../../src/files/runs/inspect-lock';
import { isRunning } from '../../src/files/runs/process-identity';
import { readEvents, readRun } from '../../src/files/runs/read-run';
import { askEngine } from '../process/support/ask-engine';
import { buildCommand } from '../process/support/build-command';
import { oldProject } from '../process/support/old-project';
import { runCoop } from '../process/support/run-coop';
import { until } from '../process/support/run-fixture';
import { sampleProject } from '../process/support/sample-project';

const namespaces = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;

describe('Stop', () => {
  let command: string;
  let folder: string;
  before(() => {
    command = buildCommand();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('on a lock of the first process signals nobody (in a process namespace of its own)', function () {
    // Linux, as root: what is signalled there cannot reach anything outside.
    if (!namespaces) this.skip();
    folder = oldProject();
    const runs = path.join(folder, '.coop/runs');
    const directory = path.join(runs, readdirSync(runs).sort()[0]!);
    const state = path.join(directory, 'state.json');
    rmSync(path.join(directory, 'report.json'));
    writeFileSync(state, readFileSync(state, 'utf8').replace('"phase":"done"', '"phase":"learning"'));
    const lock = { pid: 1, token: '0'.repeat(32), host: os.hostname(), heartbeat: new Date().toISOString() };
    const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'run/stop', params: { directory } });
    for (const start of ['', '1@x']) {
      writeFileSync(path.join(directory, 'lock'), JSON.stringify({ ...lock, processStart: start }));
      const script = `
[ $$ = 1 ] || exit 9
trap : TERM
sleep 300 & A=$!
setsid sleep 301 & B=$!
{ printf 'Content-Length: ${Buffer.byteLength(request)}\\r\\n\\r\\n%s' '${request}'; sleep 25; } |
  timeout 40 ${process.execPath} ${command} serve > /dev/null
kill -0 $A && kill -0 $B && echo BOTH LIVE`;
      const { stdout } = spawnSync(
        'unshare',
        ['--pid', '--fork', '--mount-proc', '--kill-child', 'bash', '-c', script],
        { encoding: 'utf8', cwd: folder },
      );
      assert.equal(stdout.trim(), 'BOTH LIVE', `start ${start}`);
    }
  });

  it('of a run whose images became pipes is true: nothing waits for them, and no process is left', async function () {
    if (process.platform === 'win32') this.skip();
    folder = sampleProject();
    const args = ['learn', 'demo.prompts', '--recipe', 'paper', '--shots', '4', '--epochs', '400'];
    const started = await runCoop(command, folder, [...args, '--device', 'cpu', '--detach']);
    assert.equal(started.code, 0, started.stderr);
    const directory = started.stdout.trim();
    await until(async () => (await readEvents(directory)).events.some(({ type }) => type === 'epoch'));
    const { lock } = await inspectLock(directory);
    const images = execFileSync('find', [path.join(folder, 'images'), '-type', 'f'], { encoding: 'utf8' });
    for (const image of images.trim().split('\n')) {
      rmSync(image);
      execFileSync('mkfifo', [image]);
    }
    await until(async () => (await readRun(directory)).status !== 'learning' || (await isQuiet(directory)));
    const { phase } = await askEngine(command, folder, 'run/stop', { directory });
    assert.equal(await isRunning(lock!.pid, lock!.processStart), false, 'its process is gone');
    assert.equal((await readRun(directory)).state.phase, phase);
    assert.match(phase, /^(stopped|failed)$/);
    if (phase === 'failed') assert.match((await readRun(directory)).state.error!.message, /pipe or a device/);
  });
});

/** True when a run makes no step for five seconds. */
async function isQuiet(directory: string): Promise<boolean> {
  const step = async () => (await readRun(directory)).state.step;
  const before = await step();
  await new Promise(resolve => setTimeout(resolve, 5000));
  return (await step()) === before;
}
