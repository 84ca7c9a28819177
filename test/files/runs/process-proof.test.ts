import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';
import { isRunning, processStart } from '../../../src/files/runs/process-identity';
import { givenToken, isProved, newToken, tokenArguments } from '../../../src/files/runs/process-proof';
import { endProcessTree } from '../../../src/files/runs/process-tree';
import type { RunLock } from '../../../src/shared/contracts/run';
import { exited } from '../../process/support/run-fixture';

const WAIT = 'setInterval(() => undefined, 1000)';

describe('the process of a lock', () => {
  const children: ChildProcess[] = [];
  const spawned = (args: readonly string[] = [], detached = false) => {
    const child = spawn(process.execPath, ['-e', WAIT, '--', ...args], { stdio: 'ignore', detached });
    children.push(child);
    return child;
  };
  const lockOf = async ({ pid }: ChildProcess, change: Partial<RunLock> = {}): Promise<RunLock> => ({
    pid: pid!,
    processStart: (await processStart(pid!))!,
    token: newToken(),
    host: os.hostname(),
    heartbeat: new Date().toISOString(),
    ...change,
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('is not ended when it is any process of the same user, whatever the lock knows of it', async () => {
    const victim = spawned();
    const other = newToken();
    const named = spawned(tokenArguments(other));
    for (const lock of [
      await lockOf(victim),
      await lockOf(victim, { processStart: '' }),
      await lockOf(victim, { token: other }),
      await lockOf(named),
      await lockOf(named, { token: other, processStart: '' }),
      await lockOf(named, {
        token: other,
        processStart: await processStart(victim.pid!).then(text => `${text}1`),
      }),
      await lockOf(named, { token: other, host: 'elsewhere' }),
    ]) {
      for (const signal of ['SIGTERM', 'SIGKILL'] as const)
        assert.equal(await endProcessTree(lock, signal), false, JSON.stringify(lock));
    }
    await new Promise(resolve => setTimeout(resolve, 100));
    for (const child of [victim, named]) assert.equal(child.exitCode ?? child.signalCode, null);
  });

  it('is ended when its start and its command line agree with the lock', async () => {
    for (const detached of [false, true]) {
      const token = newToken();
      const child = spawned(tokenArguments(token), detached);
      const lock = await lockOf(child, { token });
      assert.equal(await isProved(lock), true);
      assert.equal(await endProcessTree(lock, 'SIGKILL'), true);
      await exited(child);
      assert.equal(child.signalCode, 'SIGKILL');
      assert.equal(await isProved(lock), false);
    }
  });

  it('is never the first process, nor one without a start', async () => {
    const facts = { token: newToken(), host: os.hostname(), heartbeat: new Date().toISOString() };
    const start = await processStart(1);
    assert.equal(await isProved({ ...facts, pid: 1, processStart: start ?? '' }), false);
    assert.equal(await isRunning(process.pid, ''), false);
  });

  it('has its token from its command line alone', () => {
    const token = newToken();
    assert.equal(givenToken(['node', 'x', 'learn', ...tokenArguments(token)]), token);
    for (const args of [[], ['--token'], ['--token', 'short'], [token], ['--token', token.toUpperCase()]])
      assert.equal(givenToken(['node', 'x', ...args]), undefined, args.join(' '));
  });
});
