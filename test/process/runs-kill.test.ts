import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pythonRandom } from '../../src/engine/random/mersenne-twister';
import { readCheckpoint } from '../../src/files/runs/checkpoint';
import { requestStop, stopRun } from '../../src/files/runs/control';
import { FollowedEvents } from '../../src/files/runs/followed-events';
import { inspectLock } from '../../src/files/runs/inspect-lock';
import { exists, isRunning, processStart } from '../../src/files/runs/process-identity';
import { readEvents, readRun } from '../../src/files/runs/read-run';
import { RunWriter } from '../../src/files/runs/run-writer';
import { startDetached } from '../../src/files/runs/start-detached';
import { parseEvents } from '../../src/shared/contracts/run-events';
import { CoopError } from '../../src/shared/errors';
import { pythonImports } from '../support/python-imports';
import { buildProcesses, exited, nextLine, RunFixture, until } from './support/run-fixture';
import { useRun } from './support/use-run';

const KILLS = 12;
const code = (wanted: string) => (error: unknown) => error instanceof CoopError && error.code === wanted;

describe('a run directory and the processes around it', () => {
  const bundles = new RunFixture();
  let script: { run: string; start: string };
  let fixture: RunFixture;
  let directory: string;

  before(async () => {
    script = await buildProcesses(bundles.folder);
  });
  after(() => bundles.dispose());
  useRun(
    (...made) => {
      [fixture, directory] = made;
    },
    { detached: true },
  );

  const held = async () => (await inspectLock(directory)).condition === 'held';
  const stepOf = async () => Number((await readCheckpoint(directory))?.metadata['step'] ?? 0);

  it(`is whole after each of ${KILLS} kills at random moments, and the next writer goes on`, async () => {
    const random = pythonRandom(5);
    let step = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = fixture.spawn(script.run, ['work', directory]);
      await until(async () => (await stepOf()) > step);
      await sleep(random.random() * 60);
      child.kill('SIGKILL');
      await exited(child);

      const run = await readRun(directory);
      assert.equal(run.status, 'interrupted');
      assert.equal(run.state.phase, 'learning');
      const checkpoint = await readCheckpoint(directory);
      const saved = Number(checkpoint!.metadata['step']);
      assert.ok(saved > step, `${saved} > ${step}`);
      assert.deepEqual(
        checkpoint!.tensors.get('context'),
        new Float32Array(4096).fill(saved),
        'all values of one step',
      );
      step = saved;
    }
    // Before the last writer closes: what a torn line was has been cut by the next writer, not by the reader.
    const writer = await RunWriter.open(directory);
    await writer.event({ type: 'warning', message: 'end' });
    await writer.close();
    const { events, damaged, unknown, nextByte } = await readEvents(directory);
    assert.equal(damaged + unknown, 0);
    assert.equal(nextByte, readFileSync(path.join(directory, 'events.jsonl')).length);
    const resumes = events.flatMap(event => (event.type === 'resume' ? [event.step] : []));
    assert.equal(resumes.length, KILLS);
    // Each checkpoint's event follows the checkpoint, so after a kill at most one is missing.
    const steps = events.flatMap(event => (event.type === 'checkpoint' ? [event.step] : []));
    for (const [index, value] of steps.entries()) {
      if (index > 0)
        assert.ok(value - steps[index - 1]! === 1 || resumes.includes(steps[index - 1]! + 1), `${value}`);
    }
    assert.deepEqual(
      readdirSync(directory).sort(),
      ['checkpoint.safetensors', 'events.jsonl', 'run.json', 'state.json'],
      'no temporary file, no lock',
    );
  });

  it('cuts a torn last line when the next event is written, and no reader ever counts it', async () => {
    const writer = await RunWriter.open(directory);
    await writer.event({ type: 'warning', message: 'one' });
    appendFileSync(path.join(directory, 'events.jsonl'), '{"type":"warning","message":"gr\u00f6');
    const first = await readEvents(directory);
    assert.equal(first.events.length, 1);
    await writer.event({ type: 'warning', message: 'two' });
    const second = await readEvents(directory, first.nextByte);
    assert.deepEqual(
      second.events.map(event => event.type === 'warning' && event.message),
      ['two'],
    );
    assert.equal(second.damaged, 0);
    await writer.close();
  });

  it('refuses a second writer, naming the process, and gives way once that is killed', async () => {
    const child = fixture.spawn(script.run, ['work', directory]);
    await until(held);
    await assert.rejects(
      RunWriter.open(directory),
      (error: unknown) => code('run.locked')(error) && (error as Error).message.includes(String(child.pid)),
    );
    const { status, state } = await readRun(directory);
    assert.equal(status, state.phase);
    child.kill('SIGKILL');
    await exited(child);
    await (await RunWriter.open(directory)).close();
  });

  it('does not take the lock from a writer that is paused', async function () {
    if (process.platform === 'win32') this.skip();
    const child = fixture.spawn(script.run, ['work', directory]);
    await until(held);
    child.kill('SIGSTOP');
    const lock = path.join(directory, 'lock');
    const old = readFileSync(lock, 'utf8').replace(
      /"heartbeat":"[^"]*"/,
      '"heartbeat":"2001-01-01T00:00:00.000Z"',
    );
    writeFileSync(lock, old);
    await assert.rejects(RunWriter.open(directory), code('run.locked'));
    assert.equal(await held(), true);
  });

  it('lets exactly one of several processes take over a stale lock, also over a claim whose process died', async () => {
    const dead = (await inspectLockOfKilled(fixture, script.run, directory)).lock!;
    const claim = { ...dead, token: 'ab'.repeat(16) };
    for (let round = 0; round < 4; round += 1) {
      const run = await fixture.create();
      writeFileSync(path.join(run, 'lock'), `${JSON.stringify(dead)}\n`);
      if (round % 2 === 1) writeFileSync(path.join(run, `lock.${dead.token}`), `${JSON.stringify(claim)}\n`);
      const racers = Array.from({ length: 5 }, () => fixture.spawn(script.run, ['race', run]));
      await Promise.all(racers.map(nextLine));
      const answers = racers.map(nextLine);
      writeFileSync(`${run}.go`, '');
      const told = (await Promise.all(answers)).sort();
      assert.deepEqual(told, ['run.locked', 'run.locked', 'run.locked', 'run.locked', 'won']);
      const winner = (await inspectLock(run)).lock!;
      assert.ok(racers.some(({ pid }) => pid === winner.pid));
      assert.deepEqual(readdirSync(run).sort(), ['lock', 'run.json']);
      for (const racer of racers) racer.kill('SIGKILL');
      await Promise.all(racers.map(exited));
    }
  });

  it('takes a lock for stale when its pid belongs to a later process', async () => {
    const other = fixture.spawn(script.run, ['work', directory]);
    await until(held);
    const lock = JSON.parse(readFileSync(path.join(directory, 'lock'), 'utf8'));
    assert.equal(await isRunning(lock.pid, lock.processStart), true);
    const run = await fixture.create();
    const reused = { ...lock, processStart: `1${lock.processStart}`, token: 'cd'.repeat(16) };
    writeFileSync(path.join(run, 'lock'), JSON.stringify(reused));
    assert.equal((await inspectLock(run)).condition, 'stale');
    const writer = await RunWriter.open(run);
    await writer.close();
    // And it is never the one to be ended in place of the run.
    writeFileSync(path.join(run, 'lock'), JSON.stringify(reused));
    assert.equal((await stopRun(run, 100)).phase, 'stopped');
    assert.equal(other.exitCode ?? other.signalCode, null);
  });

  it('stops when asked, saving first', async () => {
    const child = fixture.spawn(script.run, ['work', directory]);
    await until(async () => (await stepOf()) > 0);
    const state = await stopRun(directory);
    assert.equal(state.phase, 'stopped');
    await exited(child);
    assert.equal(child.exitCode, 0, 'by itself');
    assert.equal(state.step, await stepOf());
    assert.equal(existsSync(path.join(directory, 'control')), false);
  });

  it('does not hear a request made to the writer before it', async () => {
    const first = fixture.spawn(script.run, ['work', directory]);
    await until(held);
    first.kill('SIGSTOP');
    await requestStop(directory);
    const request = readFileSync(path.join(directory, 'control'));
    first.kill('SIGKILL');
    await exited(first);
    const second = fixture.spawn(script.run, ['work', directory]);
    await until(held);
    writeFileSync(path.join(directory, 'control'), request);
    const step = await stepOf();
    await sleep(900);
    assert.equal(second.exitCode, null);
    assert.ok((await stepOf()) > step);
  });

  it('ends a process that hears nothing, with its helpers, and tells the end in its place', async () => {
    await startDetached({ node: process.execPath, script: script.run, args: ['deaf', directory], directory });
    const helperFile = path.join(directory, 'helper');
    await until(() => existsSync(helperFile) && readFileSync(helperFile, 'utf8') !== '');
    await until(async () => (await stepOf()) > 0);
    const { lock } = await inspectLock(directory);
    const state = await stopRun(directory, 300);
    assert.equal(state.phase, 'stopped');
    assert.equal(await isRunning(lock!.pid, lock!.processStart), false);
    const helper = Number(readFileSync(helperFile, 'utf8'));
    await until(async () => !exists(helper) || (await zombie(helper)));
    // It wrote as fast as it could: more than one reading takes.
    const events = await new FollowedEvents().of(directory);
    assert.deepEqual(events.at(-1)!.type === 'phase' && events.at(-1), {
      ...events.at(-1),
      phase: 'stopped',
    });
  });

  it('runs on while a thread of it does, though its first one has ended', async function () {
    if (process.platform !== 'linux' || !pythonImports('ctypes, sys, threading')) this.skip();
    const program = `import ctypes, sys, threading
threading.Thread(target=sys.stdin.read).start()
ctypes.CDLL(None).pthread_exit(None)`;
    const child = spawn('python3', ['-c', program], { stdio: ['pipe', 'ignore', 'ignore'] });
    const stat = () => readFileSync(`/proc/${child.pid}/stat`, 'utf8');
    const ended = new Promise(resolve => child.on('exit', resolve));
    await until(() => stat().includes(') Z '));
    const start = await processStart(child.pid!);
    assert.ok(start !== undefined && (await isRunning(child.pid!, start)));
    child.stdin.end();
    await ended;
    assert.equal(await isRunning(child.pid!, start), false);
  });

  it('is stopped only when its process is gone, also one that stays behind without its lock', async () => {
    const start = { node: process.execPath, script: script.run, args: ['linger', directory], directory };
    await startDetached(start);
    await until(async () => (await stepOf()) > 0);
    const { lock } = await inspectLock(directory);
    assert.equal((await stopRun(directory)).phase, 'stopped');
    assert.equal(await isRunning(lock!.pid, lock!.processStart), false);
  });

  it('that does not prove to be the run’s own is asked, told, and not ended', async () => {
    for (const mode of ['deaf', 'linger']) {
      const run = await fixture.create();
      const child = fixture.spawn(script.run, [mode, run]);
      await until(async () => (await readCheckpoint(run)) !== null);
      const { lock } = await inspectLock(run);
      assert.equal(lock!.pid, child.pid);
      const isTold = (error: unknown) =>
        code('run.locked')(error) && (error as Error).message.includes(`The process ${child.pid} `);
      await assert.rejects(stopRun(run, 300), isTold, mode);
      assert.equal(child.exitCode ?? child.signalCode, null, mode);
      if (mode === 'deaf')
        assert.equal(readFileSync(path.join(run, 'control'), 'utf8'), `stop ${lock!.token}\n`);
    }
  });

  it('goes on when the process that started it is killed', async () => {
    const parent = fixture.spawn(script.start, [process.execPath, script.run, directory]);
    assert.equal(await nextLine(parent), 'started');
    parent.kill('SIGKILL');
    await exited(parent);
    const step = await stepOf();
    await until(async () => (await stepOf()) > step + 3);
    assert.equal((await readRun(directory)).status, 'learning');
    assert.equal((await stopRun(directory)).phase, 'stopped');
  });

  it('tells why a process could not start, in the error and in the state', async () => {
    const start = { node: process.execPath, script: script.run, args: ['fail'], directory };
    await assert.rejects(
      startDetached(start),
      (error: unknown) =>
        code('engine.crashed')(error) &&
        /exit code 3: no such model: icon-clip/.test((error as CoopError).message),
    );
    const { status, state } = await readRun(directory);
    assert.equal(status, 'failed');
    assert.equal(state.error?.code, 'engine.crashed');
    const missing = {
      ...start,
      node: path.join(fixture.folder, 'no-node'),
      directory: await fixture.create(),
    };
    await assert.rejects(startDetached(missing), code('engine.crashed'));
  });

  it('gives way to whoever works here', async () => {
    const start = { node: process.execPath, script: script.run, args: ['work', directory], directory };
    await startDetached(start);
    const { lock } = await inspectLock(directory);
    assert.equal(os.getPriority(lock!.pid), 10);
    const group = `/proc/${lock!.pid}/autogroup`;
    if (existsSync(group) && readFileSync('/proc/sys/kernel/sched_autogroup_enabled', 'utf8').trim() === '1')
      assert.match(readFileSync(group, 'utf8'), /nice 10/);
    assert.equal((await stopRun(directory)).phase, 'stopped');
  });

  it('does not start a second process beside the first', async () => {
    const start = { node: process.execPath, script: script.run, args: ['work', directory], directory };
    await startDetached(start);
    await assert.rejects(startDetached(start), code('run.locked'));
    assert.equal((await stopRun(directory)).phase, 'stopped');
    const bytes = readFileSync(path.join(directory, 'events.jsonl'));
    assert.equal(parseEvents(bytes).events.filter(({ type }) => type === 'resume').length, 1);
  });
});

async function inspectLockOfKilled(fixture: RunFixture, script: string, directory: string) {
  const child = fixture.spawn(script, ['work', directory]);
  await until(async () => (await inspectLock(directory)).condition === 'held');
  child.kill('SIGKILL');
  await exited(child);
  const inspected = await inspectLock(directory);
  assert.equal(inspected.condition, 'stale');
  return inspected;
}

/** A container's first process may never collect the dead; such a process runs nothing any more. */
async function zombie(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
