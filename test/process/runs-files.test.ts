import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { readCheckpoint } from '../../src/files/runs/checkpoint';
import { watchControl } from '../../src/files/runs/control';
import { createRun } from '../../src/files/runs/create-run';
import { inspectLock } from '../../src/files/runs/inspect-lock';
import { parseProcessStat } from '../../src/files/runs/process-identity';
import { readEvents, readRun } from '../../src/files/runs/read-run';
import { RunWriter } from '../../src/files/runs/run-writer';
import { cleanEnvironment } from '../../src/files/runs/start-detached';
import type { RunEvent } from '../../src/shared/contracts/run';
import { parseEvents } from '../../src/shared/contracts/run-events';
import { initialState, parseState, START_GRACE_MS, statusOf } from '../../src/shared/contracts/run-state';
import { CoopError } from '../../src/shared/errors';
import { INPUTS, type RunFixture } from './support/run-fixture';
import { useRun } from './support/use-run';

const isRoot = process.getuid?.() === 0;
const code = (wanted: string) => (error: unknown) => error instanceof CoopError && error.code === wanted;
const context = (length: number, value = 1) =>
  new Map([['context', { shape: [length], data: new Float32Array(length).fill(value) }]]);

/** A small file system of its own, to be filled or made read-only. */
function mountSmall(folder: string): boolean {
  if (process.platform !== 'linux' || !isRoot) return false;
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('the files of a run', () => {
  let fixture: RunFixture;
  let directory: string;
  useRun((...made) => {
    [fixture, directory] = made;
  });

  describe('state', () => {
    it('is written at once for a new phase, seldom for the rest, and never without the last change', async () => {
      const writer = await RunWriter.open(directory);
      await writer.phase('learning');
      const file = path.join(directory, 'state.json');
      const stateNow = () => parseState(readFileSync(file, 'utf8'), file);
      assert.equal(stateNow().phase, 'learning');
      const versions = new Set<number>();
      const start = performance.now();
      for (let step = 1; step <= 300; step += 1) {
        await writer.state({ step, etaSeconds: step === 300 ? Number.POSITIVE_INFINITY : 7 });
        versions.add(statSync(file).ino);
        await sleep(1);
      }
      const quarters = (performance.now() - start) / 250;
      assert.ok(
        versions.size <= quarters + 2,
        `${versions.size} written in ${quarters} quarters of a second`,
      );
      for (let tries = 0; stateNow().step < 300 && tries < 100; tries += 1) await sleep(20);
      assert.equal(stateNow().step, 300, 'without another call');
      assert.equal(stateNow().etaSeconds, undefined);
      await writer.state({ step: 301 });
      await writer.close();
      assert.equal(stateNow().step, 301);
    });

    it('that is damaged hides the run from lists, not from its next writer', async () => {
      writeFileSync(path.join(directory, 'state.json'), '\0\0\0\0');
      await assert.rejects(readRun(directory), code('run.corrupt'));
      const writer = await RunWriter.open(directory);
      await writer.phase('learning');
      await writer.close();
      assert.equal((await readRun(directory)).state.phase, 'learning');
    });

    it('loses the error of the attempt before when the run goes on', async () => {
      const first = await RunWriter.open(directory);
      await first.phase('failed', { error: { code: 'disk.full', message: 'The disk is full.' } });
      await first.close();
      assert.equal((await readRun(directory)).state.error?.code, 'disk.full');
      const second = await RunWriter.open(directory);
      await second.phase('learning');
      await second.close();
      assert.equal((await readRun(directory)).state.error, undefined);
    });

    it('with the lock gives the status', () => {
      const state = initialState(INPUTS);
      const then = Date.parse(state.updatedAt);
      assert.equal(statusOf(state, 'held', then + 1e9), 'starting');
      assert.equal(statusOf(state, 'none', then + 1000), 'starting');
      assert.equal(statusOf(state, 'none', then + START_GRACE_MS), 'interrupted');
      assert.equal(statusOf(state, 'stale', then), 'interrupted');
      assert.equal(statusOf({ ...state, phase: 'learning' }, 'none', then), 'interrupted');
      assert.equal(statusOf({ ...state, phase: 'done' }, 'stale', then), 'done');
    });
  });

  describe('events', () => {
    it('come out as they went in, cut at any byte, in any pieces', async () => {
      const time = '2026-03-01T12:00:00.000Z';
      const events: RunEvent[] = [
        { type: 'phase', time, phase: 'learning' },
        { type: 'device', time, device: 'cpu', refused: [{ device: 'cuda', reason: 'größer 猫' }] },
        { type: 'baseline', time, devAccuracy: 0.5, devCount: 20 },
        { type: 'epoch', time, seed: 1, epoch: 1, step: 4, figures: { loss: 1.5, stepsPerSecond: 9 } },
        { type: 'checkpoint', time, step: 4 },
        { type: 'resume', time, step: 4, exact: true },
        { type: 'warning', time, message: '猫\u2028🐈 \\n' },
        { type: 'error', time, error: { code: 'disk.full', message: 'full', next: 'Free some space.' } },
      ];
      const bytes = Buffer.from(events.map(event => `${JSON.stringify(event)}\n`).join(''));
      const file = path.join(directory, 'events.jsonl');
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 8 }), async cuts => {
          let read: RunEvent[] = [];
          let from = 0;
          for (const end of [...cuts.sort((a, b) => a - b), bytes.length]) {
            writeFileSync(file, bytes.subarray(0, end));
            const part = await readEvents(directory, from);
            assert.equal(part.damaged + part.unknown, 0);
            read = [...read, ...part.events];
            from = part.nextByte;
          }
          assert.deepEqual(read, events);
          assert.equal(from, bytes.length);
        }),
        { numRuns: 60 },
      );
      writeFileSync(file, bytes.subarray(0, bytes.indexOf('\n') + 1));
      assert.deepEqual(
        (await readEvents(directory, bytes.length)).events,
        [events[0]],
        'another, shorter file',
      );
    });

    it('of a newer version and damaged lines are counted and passed over', () => {
      const lines = [
        '{"type":"phase","time":"2026-03-01T12:00:00Z","phase":"done","later":1}',
        '{"type":"gradient","time":"2026-03-01T12:00:00Z"}',
        '{"type":"epoch","time":"2026-03-01T12:00:00Z","loss":null}',
        '\0\0\0',
        '[]',
        '',
        '{"type":"warning","time":"2026-03-01T12:00:00Z","message":"last"}',
      ];
      const bytes = Buffer.from(`${lines.join('\n')}\n{"type":`);
      const { events, damaged, unknown, consumedBytes } = parseEvents(bytes);
      assert.deepEqual(
        events.map(event => event.type),
        ['phase', 'warning'],
      );
      assert.equal(unknown, 1);
      assert.equal(damaged, 4);
      assert.equal(consumedBytes, bytes.length - 8);
    });

    it('keep their order, and refuse numbers that JSON has not', async () => {
      const writer = await RunWriter.open(directory);
      await Promise.all([1, 2, 3, 4, 5].map(step => writer.event({ type: 'checkpoint', step })));
      assert.throws(() => writer.event({ type: 'checkpoint', step: Number.NaN }), code('internal'));
      await writer.close();
      const { events } = await readEvents(directory);
      assert.deepEqual(
        events.map(event => event.type === 'checkpoint' && event.step),
        [1, 2, 3, 4, 5],
      );
    });
  });

  it('tells many epochs in few writes, in their order and with what follows them', async () => {
    const writer = await RunWriter.open(directory);
    const numbers = Array.from({ length: 50 }, (_, at) => at + 1);
    const sizes = new Set<number>();
    const epochs = numbers.map(epoch => {
      const facts = { seed: 1, epoch, epochs: 50, step: epoch, figures: { loss: 1 } };
      return writer
        .event({ type: 'epoch', ...facts })
        .then(() => sizes.add(statSync(path.join(directory, 'events.jsonl')).size));
    });
    await writer.event({ type: 'checkpoint', step: 50 });
    const { events } = await readEvents(directory);
    assert.deepEqual(
      events.map(event => (event.type === 'epoch' ? event.epoch : event.type)),
      [...numbers, 'checkpoint'],
    );
    await Promise.all(epochs);
    assert.ok(sizes.size <= 2, `${sizes.size} writes`);
    await writer.close();
  });

  describe('a checkpoint', () => {
    it('comes back bit by bit, and any changed byte is noticed', async () => {
      const writer = await RunWriter.open(directory);
      assert.equal(await readCheckpoint(directory), null);
      const data = new Float32Array([0, -0, 1e-45, 3.4e38, 0.1, 1 / 3]);
      await writer.checkpoint(new Map([['momentum', { shape: [2, 3], data }]]), { step: '9' }, 9);
      await writer.close();
      const checkpoint = await readCheckpoint(directory);
      assert.deepEqual(checkpoint!.metadata, { step: '9' });
      assert.deepEqual(
        new Uint8Array(checkpoint!.tensors.get('momentum')!.buffer),
        new Uint8Array(data.buffer),
      );
      const file = path.join(directory, 'checkpoint.safetensors');
      const whole = readFileSync(file);
      for (let at = 0; at < whole.length; at += 1) {
        const changed = Buffer.from(whole);
        changed[at]! ^= 4;
        writeFileSync(file, changed);
        await assert.rejects(readCheckpoint(directory), code('run.corrupt'), `byte ${at}`);
      }
      writeFileSync(file, whole.subarray(0, whole.length - 1));
      await assert.rejects(readCheckpoint(directory), code('run.corrupt'));
      assert.match(whole.toString('latin1'), /"sha256"/);
    });
  });

  describe('control', () => {
    it('calls back once for the bare word, not for anything else', async () => {
      const writer = await RunWriter.open(directory);
      let asked = 0;
      const watching = await watchControl(directory, () => {
        asked += 1;
      });
      const file = path.join(directory, 'control');
      writeFileSync(file, 'stopping\n');
      await sleep(600);
      writeFileSync(file, `stop ${'0'.repeat(32)}\n`);
      await sleep(600);
      assert.equal(asked, 0);
      writeFileSync(file, 'stop');
      for (let tries = 0; asked === 0 && tries < 100; tries += 1) await sleep(20);
      writeFileSync(file, 'stop\n');
      await sleep(600);
      assert.equal(asked, 1);
      watching.dispose();
      await writer.close();
      assert.deepEqual(readdirSync(directory).sort(), ['run.json']);
    });
  });

  describe('a lock', () => {
    it('that is damaged belongs to nobody', async () => {
      writeFileSync(path.join(directory, 'lock'), '');
      assert.equal((await inspectLock(directory)).condition, 'stale');
      const writer = await RunWriter.open(directory);
      assert.equal((await inspectLock(directory)).lock?.pid, process.pid);
      await assert.rejects(RunWriter.open(directory), code('run.locked'), 'not even twice in one process');
      await writer.close();
      await writer.close();
      assert.equal((await inspectLock(directory)).condition, 'none');
    });

    it('of another machine is never taken, however old, and the message says what to do', async () => {
      const lock = {
        pid: 1,
        processStart: '1',
        token: 'ab'.repeat(16),
        host: 'another.example',
        heartbeat: new Date().toISOString(),
      };
      const file = path.join(directory, 'lock');
      writeFileSync(file, JSON.stringify(lock));
      assert.equal((await inspectLock(directory)).condition, 'held');
      writeFileSync(file, JSON.stringify({ ...lock, heartbeat: '2001-01-01T00:00:00.000Z' }));
      assert.equal((await inspectLock(directory)).condition, 'stale', 'for watchers');
      await assert.rejects(
        RunWriter.open(directory),
        (error: unknown) =>
          code('run.locked')(error) &&
          (error as CoopError).message.includes('another.example') &&
          (error as CoopError).next!.includes(file),
      );
    });

    it('that someone removes ends the writing within a heartbeat', async () => {
      const writer = await RunWriter.open(directory);
      rmSync(path.join(directory, 'lock'));
      const other = await RunWriter.open(directory);
      const begun = (await inspectLock(directory)).lock!.heartbeat;
      await sleep(2_500);
      assert.ok((await inspectLock(directory)).lock!.heartbeat > begun, 'the holder’s heart beats');
      await assert.rejects(writer.event({ type: 'checkpoint', step: 1 }), code('run.locked'));
      await assert.rejects(writer.file('report', '{}'), code('run.locked'));
      await other.event({ type: 'checkpoint', step: 2 });
      await writer.close();
      assert.equal((await inspectLock(directory)).condition, 'held', 'the other’s lock is left to it');
      await other.close();
    });

    it('cannot be taken where there is no run', async () => {
      await assert.rejects(RunWriter.open(path.join(fixture.folder, 'none')), code('run.missing'));
      await assert.rejects(RunWriter.open(fixture.folder), code('run.missing'));
    });

    it('reads processes whose names hold blanks and parentheses', () => {
      const fields = Array.from({ length: 49 }, (_, at) => String(at + 4));
      const text = `77 (a b) S 1) R ${fields.join(' ')}\n`;
      assert.deepEqual(parseProcessStat(text), { state: 'R', group: 5, threads: 20, startTicks: '22' });
      assert.equal(parseProcessStat(''), undefined);
    });
  });

  describe('the environment of a detached process', () => {
    it('is free of what editor, debugger and parent put into it', () => {
      const env = {
        PATH: '/bin',
        NODE_OPTIONS: '--require x',
        VSCODE_PID: '1',
        ELECTRON_NO_ASAR: '1',
        NODE_CHANNEL_FD: '3',
        ELECTRON_RUN_AS_NODE: '1',
        CUDA_VISIBLE_DEVICES: '0',
      };
      const kept = { PATH: '/bin', CUDA_VISIBLE_DEVICES: '0' };
      assert.deepEqual(cleanEnvironment(env, '/usr/bin/node'), kept);
      assert.deepEqual(cleanEnvironment(env, '/usr/share/code/code'), { ...kept, ELECTRON_RUN_AS_NODE: '1' });
    });
  });

  describe('a disk', () => {
    const small = () => path.join(fixture.folder, 'small');
    const unmount = () => execFileSync('umount', [small()], { stdio: 'ignore' });

    it('that is full stops the writing and loses nothing; with space again it goes on', async function () {
      if (!mountSmall(small())) {
        console.log('      skipped: needs root on Linux to mount a small file system');
        this.skip();
      }
      try {
        const run = await createRun(path.join(small(), '.coop/runs'), INPUTS);
        const writer = await RunWriter.open(run);
        await writer.phase('learning');
        await writer.checkpoint(context(1000, 1), { step: '1' }, 1);
        await assert.rejects(writer.checkpoint(context(400_000), { step: '2' }, 2), code('disk.full'));
        const filler = path.join(small(), 'filler');
        try {
          for (let piece = 0; ; piece += 1) writeFileSync(`${filler}${piece}`, new Uint8Array(4096));
        } catch (thrown) {
          assert.equal((thrown as NodeJS.ErrnoException).code, 'ENOSPC');
        }
        const before = await readEvents(run);
        const long = { type: 'warning', message: 'x'.repeat(8192) } as const;
        await assert.rejects(writer.event(long), code('disk.full'));
        await assert.rejects(writer.phase('reporting'), code('disk.full'));
        assert.equal((await readRun(run)).state.phase, 'learning');
        assert.deepEqual((await readCheckpoint(run))!.metadata, { step: '1' });
        assert.deepEqual((await readEvents(run)).events.slice(0, before.events.length), before.events);
        assert.equal((await inspectLock(run)).condition, 'held', 'the heartbeat needs no space');
        for (const name of readdirSync(small()))
          if (name.startsWith('filler')) rmSync(path.join(small(), name));
        await writer.event(long);
        await writer.close();
        const { state, status } = await readRun(run);
        assert.equal(state.phase, 'reporting', 'the last state is written when it can be');
        assert.equal(status, 'interrupted');
        assert.equal((await readEvents(run)).damaged, 0);
        assert.deepEqual(
          readdirSync(run).filter(name => name.startsWith('.')),
          [],
        );
      } finally {
        unmount();
      }
    });

    it('that becomes read-only gives file.access and keeps what is there', async function () {
      if (!mountSmall(small())) {
        console.log('      skipped: needs root on Linux to mount a small file system');
        this.skip();
      }
      try {
        const run = await createRun(path.join(small(), '.coop/runs'), INPUTS);
        const writer = await RunWriter.open(run);
        await writer.checkpoint(context(10), { step: '1' }, 1);
        await writer.close();
        execFileSync('mount', ['-o', 'remount,ro', small()]);
        await assert.rejects(RunWriter.open(run), code('file.access'));
        await assert.rejects(createRun(path.join(small(), '.coop/runs'), INPUTS), code('file.access'));
        assert.equal((await readEvents(run)).events.length, 1);
        assert.deepEqual((await readCheckpoint(run))!.metadata, { step: '1' });
      } finally {
        unmount();
      }
    });

    it('where a file stands in the folder’s place gives file.access', async () => {
      const taken = path.join(fixture.folder, 'taken');
      writeFileSync(taken, '');
      await assert.rejects(createRun(path.join(taken, 'runs'), INPUTS), code('file.access'));
      mkdirSync(path.join(directory, 'events.jsonl'));
      await assert.rejects(readEvents(directory), code('file.access'));
      const writer = await RunWriter.open(directory);
      writer.epoch({ type: 'epoch', seed: 1, epoch: 1, epochs: 2, step: 1, figures: { loss: 1 } });
      await assert.rejects(writer.event({ type: 'checkpoint', step: 1 }), code('file.access'));
      await assert.rejects(writer.state({ step: 1 }), code('file.access'), 'of the epoch nobody waited for');
      await writer.state({ step: 1 });
      await writer.close();
    });
  });
});
