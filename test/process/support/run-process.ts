/**
 * The writer of a run, as a process of its own for tests: `run-process.js MODE DIRECTORY`.
 * `work`: takes the lock, then writes events, states and checkpoints as fast as it can until asked to stop.
 * `deaf`: the same, but hears neither `control` nor SIGTERM, and starts a helper process whose pid goes to `helper`.
 * `linger`: as `work`, but stays when it has stopped and given its lock back.
 * `race`: waits for the file `DIRECTORY.go`, tries to take the lock, tells `won` or the error's code, and
 * holds it until stdin ends. `fail`: writes to its error output and ends without the lock.
 */
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCheckpoint } from '../../../src/files/runs/checkpoint';
import { watchControl } from '../../../src/files/runs/control';
import { acquireLock } from '../../../src/files/runs/run-lock';
import { RunWriter } from '../../../src/files/runs/run-writer';
import { CoopError } from '../../../src/shared/errors';

const VALUES = 4096;

async function work(directory: string, deaf: boolean, lingers: boolean): Promise<void> {
  const writer = await RunWriter.open(directory);
  const saved = await readCheckpoint(directory);
  let step = Number(saved?.metadata['step'] ?? 0);
  let stopping = false;
  if (deaf) {
    process.on('SIGTERM', () => undefined);
    const helper = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    writeFileSync(path.join(directory, 'helper'), String(helper.pid));
  } else {
    await watchControl(directory, () => {
      stopping = true;
    });
  }
  await writer.event({ type: 'resume', step, exact: true });
  await writer.phase('learning');
  while (!stopping) {
    step += 1;
    const values = new Float32Array(VALUES).fill(step);
    await writer.checkpoint(
      new Map([['context', { shape: [VALUES], data: values }]]),
      { step: String(step) },
      step,
    );
    await writer.event({ type: 'warning', message: `${step} ${'größer '.repeat(200)}` });
    await writer.state({ step, loss: 1 / step });
  }
  await writer.phase('stopped');
  await writer.close();
  if (lingers) setInterval(() => undefined, 1000);
}

async function race(directory: string): Promise<void> {
  process.stdout.write('ready\n');
  while (!existsSync(`${directory}.go`)) await sleep(1);
  try {
    await acquireLock(directory);
    process.stdout.write('won\n');
  } catch (thrown) {
    process.stdout.write(`${thrown instanceof CoopError ? thrown.code : String(thrown)}\n`);
  }
  process.stdin.resume();
}

const [mode, directory] = process.argv.slice(2);
if (mode === 'work' || mode === 'deaf' || mode === 'linger')
  void work(directory!, mode === 'deaf', mode === 'linger');
else if (mode === 'race') void race(directory!);
else if (mode === 'fail') {
  process.stderr.write('no such model: icon-clip\n');
  process.exitCode = 3;
}
