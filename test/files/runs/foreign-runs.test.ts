import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readContext } from '../../../src/files/contexts/learned-context';
import { readCheckpoint } from '../../../src/files/runs/checkpoint';
import { requestStop, stopRun } from '../../../src/files/runs/control';
import { createRun } from '../../../src/files/runs/create-run';
import { inspectLock } from '../../../src/files/runs/inspect-lock';
import { readReport } from '../../../src/files/runs/read-report';
import { findRuns, readEvents, readRun } from '../../../src/files/runs/read-run';
import { readRunTail } from '../../../src/files/runs/run-file';
import { RunWriter } from '../../../src/files/runs/run-writer';
import { startDetached } from '../../../src/files/runs/start-detached';
import { RUN_FILES } from '../../../src/shared/contracts/run';
import { CoopError } from '../../../src/shared/errors';
import { INPUTS, type RunFixture } from '../../process/support/run-fixture';
import { useRun } from '../../process/support/use-run';

const isPosix = process.platform !== 'win32';
const refused = (words: RegExp) => (error: unknown) =>
  error instanceof CoopError && words.test(error.message);
const LINK = /is a symbolic link/;

/** A run directory as a stranger's repository may hold it. */
describe('a run directory from anyone', () => {
  let fixture: RunFixture;
  let directory: string;
  const at = (name: string) => path.join(directory, name);
  const outside = () => path.join(fixture.folder, 'precious');
  useRun((...made) => {
    [fixture, directory] = made;
    writeFileSync(outside(), 'line\ncut off');
  });

  it('with a link in the place of any file is read nowhere, written nowhere, and named', async () => {
    for (const name of Object.values(RUN_FILES)) {
      const there = existsSync(at(name)) ? readFileSync(at(name)) : null;
      rmSync(at(name), { force: true });
      symlinkSync(outside(), at(name));
      const isNamed = (error: unknown) =>
        refused(LINK)(error) && (error as CoopError).message.includes(at(name));
      await assert.rejects(RunWriter.open(directory), isNamed, name);
      assert.equal(readFileSync(outside(), 'utf8'), 'line\ncut off', name);
      rmSync(at(name));
      if (there !== null) writeFileSync(at(name), there);
    }
    const readers = {
      inputs: () => readRun(directory),
      state: () => readRun(directory),
      lock: () => inspectLock(directory),
      events: () => readEvents(directory),
      checkpoint: () => readCheckpoint(directory),
      report: () => readReport(directory),
      context: () => readContext(at(RUN_FILES.context)),
      control: () => requestStop(directory),
      stdout: () => startDetached({ node: process.execPath, script: 'x', args: [], directory }),
      stderr: () => startDetached({ node: process.execPath, script: 'x', args: [], directory }),
    };
    for (const [file, read] of Object.entries(readers)) {
      const name = at(RUN_FILES[file as keyof typeof RUN_FILES]);
      const whole = `${name}.whole`;
      if (existsSync(name)) renameSync(name, whole);
      symlinkSync(outside(), name);
      await assert.rejects(read(), refused(LINK), file);
      assert.equal(readFileSync(outside(), 'utf8'), 'line\ncut off', file);
      rmSync(name);
      if (existsSync(whole)) renameSync(whole, name);
    }
  });

  it('that is itself a link is listed as damaged, as are runs behind a linked folder', async () => {
    const elsewhere = path.join(fixture.folder, 'elsewhere');
    renameSync(directory, elsewhere);
    symlinkSync(elsewhere, directory);
    const { runs, damaged } = await findRuns(fixture.runsFolder);
    assert.deepEqual(runs, []);
    assert.match(damaged[0]!.error.message, LINK);
    assert.equal(damaged[0]!.directory, directory);
    rmSync(fixture.runsFolder, { recursive: true });
    symlinkSync(fixture.folder, fixture.runsFolder);
    assert.match((await findRuns(fixture.runsFolder)).damaged[0]!.error.message, LINK);
    await assert.rejects(createRun(fixture.runsFolder, INPUTS), refused(LINK));
  });

  it('with pipes and devices for files keeps nobody waiting', async function () {
    if (!isPosix) this.skip();
    for (const name of ['run.json', 'state.json', 'lock', 'events.jsonl', 'report.json']) {
      const other = await fixture.create();
      rmSync(path.join(other, name), { force: true });
      execFileSync('mkfifo', [path.join(other, name)]);
      const words = /pipe or a device/;
      if (name === 'events.jsonl') await assert.rejects(readEvents(other), refused(words));
      else if (name === 'report.json') await assert.rejects(readReport(other), refused(words));
      else await assert.rejects(readRun(other), refused(words), name);
    }
    execFileSync('mkfifo', [at('control'), at('stderr.log')]);
    await assert.rejects(requestStop(directory), refused(/pipe or a device/));
    assert.equal(await readRunTail(directory, 'stderr', 1000), '');
    for (const device of ['/dev/zero', '/dev/ptmx']) {
      rmSync(at('run.json'), { force: true });
      symlinkSync(device, at('run.json'));
      await assert.rejects(readRun(directory), refused(LINK));
    }
  });

  it('with files beyond any size takes no memory for them', async () => {
    const [run, state, report] = [at('run.json'), at('state.json'), at('report.json')];
    const text = readFileSync(run);
    truncateSync(run, 2 ** 40);
    await assert.rejects(readRun(directory), (error: CoopError) => error.code === 'file.limit');
    writeFileSync(run, text);
    writeFileSync(state, '');
    truncateSync(state, 2 ** 30);
    await assert.rejects(readRun(directory), (error: CoopError) => error.code === 'file.limit');
    rmSync(state);
    writeFileSync(report, '');
    truncateSync(report, 2 ** 34);
    await assert.rejects(readReport(directory), (error: CoopError) => error.code === 'file.limit');
    const before = process.memoryUsage().rss;
    writeFileSync(at('stderr.log'), 'end');
    truncateSync(at('stderr.log'), 2 ** 33);
    assert.equal((await readRunTail(directory, 'stderr', 1000)).replaceAll('\0', ''), '');
    assert.ok(process.memoryUsage().rss - before < 2 ** 27);
  });

  it('whose lock comes from the future, from another machine, is nobody’s', async () => {
    const foreign = { pid: 9, processStart: '1', token: '0'.repeat(32), host: 'elsewhere' };
    const withHeartbeat = async (ahead: number) => {
      const heartbeat = new Date(Date.now() + ahead).toISOString();
      writeFileSync(at('lock'), JSON.stringify({ ...foreign, heartbeat }));
      return (await inspectLock(directory)).condition;
    };
    assert.equal(await withHeartbeat(0), 'held');
    assert.equal(await withHeartbeat(20_000), 'held', 'clocks differ a little');
    assert.equal(await withHeartbeat(-70_000), 'stale');
    assert.equal(await withHeartbeat(70_000), 'stale');
    assert.equal(await withHeartbeat(2e12), 'stale');
    writeFileSync(
      at('state.json'),
      JSON.stringify({ ...(await readRun(directory)).state, phase: 'learning' }),
    );
    assert.equal((await readRun(directory)).status, 'interrupted');
  });

  it('whose document is elsewhere has the one that lies beside its .coop', async () => {
    const named = async (document: string) => {
      const inputs = { ...INPUTS, id: 'x', document: { path: document, text: '' } };
      writeFileSync(at('run.json'), JSON.stringify(inputs));
      return (await readRun(directory)).inputs.document.path;
    };
    const { folder } = fixture;
    assert.equal(await named('../pets.prompts'), path.join(folder, 'pets.prompts'));
    assert.equal(await named('../sub/pets.prompts'), path.join(folder, 'sub/pets.prompts'));
    // As version 0.1 wrote it: honoured where it points inside, else the project was copied or moved.
    assert.equal(await named(path.join(folder, 'pets.prompts')), path.join(folder, 'pets.prompts'));
    assert.equal(await named('/home/me/.bashrc'), path.join(folder, '.bashrc'));
    assert.equal(await named('C:\\Users\\me\\pets.prompts'), path.join(folder, 'pets.prompts'));
    for (const stored of ['../../.bashrc', '../sub/../../x', '..'.concat('/..'.repeat(40), '/etc/passwd')])
      await assert.rejects(named(stored), refused(/outside its project/), stored);
  });

  it('moves with its project, and a run outside any project reaches only itself', async () => {
    assert.match(readFileSync(at('run.json'), 'utf8'), /"path": "\.\.\/pets\.prompts"/);
    const moved = path.join(fixture.folder, 'moved');
    mkdirSync(moved);
    renameSync(path.join(fixture.folder, '.coop'), path.join(moved, '.coop'));
    const [run] = (await findRuns(path.join(moved, '.coop/runs'))).runs;
    assert.equal(run!.inputs.document.path, path.join(moved, 'pets.prompts'));
    const lone = path.join(fixture.folder, 'lone');
    renameSync(run!.directory, lone);
    assert.equal((await readRun(lone)).inputs.document.path, path.join(lone, 'pets.prompts'));
    const inputs = JSON.parse(readFileSync(path.join(lone, 'run.json'), 'utf8'));
    inputs.document.path = '/home/me/.bashrc';
    writeFileSync(path.join(lone, 'run.json'), JSON.stringify(inputs));
    assert.equal((await readRun(lone)).inputs.document.path, path.join(lone, '.bashrc'));
  });

  it('of a machine whose clock is ahead is not the newest for ever', async () => {
    const ahead = await fixture.create({ name: 'ahead', createdAt: '2099-01-01T00:00:00.000Z' });
    const next = await fixture.create({ name: 'next', createdAt: '2026-03-02T00:00:00.000Z' });
    const last = await fixture.create({ name: 'last', createdAt: '2026-03-02T00:01:00.000Z' });
    const { runs } = await findRuns(fixture.runsFolder);
    assert.deepEqual(
      runs.map(run => run.directory),
      [last, next, ahead, directory],
    );
    assert.equal(runs[0]!.inputs.createdAt, '2026-03-02T00:01:00.000Z', 'its own time stays as it is');
    mkdirSync(path.join(fixture.runsFolder, '99991231-235959-x'));
    mkdirSync(path.join(fixture.runsFolder, '99999999-999999-x'));
    assert.match(path.basename(await fixture.create()), /^20260301-/);
  });

  it('without a process is stopped by its state alone, whatever its lock says', async () => {
    const state = { ...(await readRun(directory)).state, phase: 'learning' };
    const lock = { pid: 1, processStart: '', token: '0'.repeat(32), host: os.hostname() };
    // A signal to the group of 1 would reach every process there is: none may be sent, and here none can be.
    const { kill } = process;
    const sent: unknown[] = [];
    process.kill = (pid, signal) => {
      if (signal === 0) return kill.call(process, pid, 0);
      sent.push([pid, signal]);
      return true;
    };
    try {
      for (const heartbeat of ['2026-01-01T00:00:00.000Z', '2099-01-01T00:00:00.000Z']) {
        writeFileSync(at('state.json'), JSON.stringify(state));
        writeFileSync(at('lock'), JSON.stringify({ ...lock, heartbeat }));
        assert.equal((await readRun(directory)).status, 'interrupted');
        assert.equal((await stopRun(directory)).phase, 'stopped');
      }
    } finally {
      process.kill = kill;
    }
    assert.deepEqual(sent, []);
  });
});
