import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pythonRandom } from '../../../src/engine/random/mersenne-twister';
import { readContext } from '../../../src/files/contexts/learned-context';
import { readCheckpoint } from '../../../src/files/runs/checkpoint';
import { findRuns } from '../../../src/files/runs/read-run';
import { parseEvents } from '../../../src/shared/contracts/run-events';
import { sampleProject } from './sample-project';

export interface KillOptions {
  /** The built command line. */
  readonly command: string;
  readonly kills: number;
  readonly seed: number;
  readonly epochs?: number;
  readonly onKill?: (kills: number, rounds: number) => void;
}

/**
 * Learns the sample's prompt over and over with `kill -9` at random moments, from the start of the process to its end,
 * until so many kills were made. After every kill the run must be whole, and every run that comes to its end must have
 * the very bits of an unbroken one.
 * @returns how many runs came to their end
 * @throws AssertionError naming the moment of the kill
 */
export async function killTraining(options: KillOptions): Promise<number> {
  const { command, kills, seed, epochs = 100, onKill } = options;
  const random = pythonRandom(seed);
  const folder = sampleProject();
  const learn = (...more: string[]) =>
    spawn(
      process.execPath,
      [
        command,
        'learn',
        'demo.prompts',
        '--device',
        'cpu',
        '--epochs',
        String(epochs),
        '--save-every',
        '0.1',
        ...more,
      ],
      {
        cwd: folder,
        env: { ...process.env, COOP_CACHE_DIR: path.join(folder, 'cache') },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
  const runs = path.join(folder, '.coop', 'runs');
  try {
    const began = performance.now();
    assert.equal(await ended(learn('--fresh')), 0);
    const whole = performance.now() - began;
    const expected = await contextOf(runs, 1);
    let [killed, rounds] = [0, 0];
    while (killed < kills) {
      for (let first = true; ; first = false) {
        const child = learn(...(first ? ['--fresh'] : []));
        let said = '';
        child.stderr?.on('data', (data: Buffer) => {
          said = `${said}${data}`.slice(-2000);
        });
        const moment = random.random() * whole;
        const end = await Promise.race([ended(child), sleep(moment, 'kill' as const)]);
        if (end === 0) break;
        assert.equal(end, 'kill', `after kill ${killed} the process failed with code ${end}: ${said}`);
        child.kill('SIGKILL');
        await ended(child);
        killed += 1;
        onKill?.(killed, rounds);
        const done = await checkWhole(runs, `kill ${killed}, after ${Math.round(moment)} ms`);
        // Killed between its last word and its end.
        if (done === rounds + 2) break;
      }
      rounds += 1;
      const context = await contextOf(runs, 1 + rounds);
      assert.deepEqual(context, expected, `run ${rounds} ended in other bits, after kill ${killed}`);
    }
    return rounds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  return new Promise(resolve => child.once('close', resolve));
}

/** No run is damaged, no event is torn but the last, and each checkpoint is complete. @returns how many are done */
async function checkWhole(runs: string, when: string): Promise<number> {
  const { runs: found, damaged } = await findRuns(runs);
  assert.deepEqual(damaged, [], when);
  for (const { directory } of found) {
    await readCheckpoint(directory);
    const events = readFileSync(path.join(directory, 'events.jsonl'), { flag: 'a+' });
    assert.equal(parseEvents(events).damaged, 0, when);
  }
  return found.filter(({ status }) => status === 'done').length;
}

/** The vectors of the newest run, which is the one of that number. */
async function contextOf(runs: string, number: number): Promise<Float32Array> {
  const { runs: found } = await findRuns(runs);
  const done = found.filter(({ status }) => status === 'done');
  assert.equal(done.length, number, readdirSync(runs).join());
  const context = await readContext(path.join(done[0]!.directory, 'context.safetensors'));
  return context.slots[0]!.values;
}
