import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { createRun } from '../../../src/files/runs/create-run';
import { inspectLock } from '../../../src/files/runs/inspect-lock';
import { isRunning } from '../../../src/files/runs/process-identity';
import { endProcessTree } from '../../../src/files/runs/process-tree';
import type { RunInputs } from '../../../src/shared/contracts/run';

export const INPUTS: Omit<RunInputs, 'id'> = {
  format: 1,
  name: 'pets-16shot',
  createdAt: '2026-03-01T12:34:56.789Z',
  version: '0.1.0',
  document: { path: '/photos/pets.prompts', text: 'a photo of a {}.\n[V:16] {}.\n' },
  template: '[V:16] {}.',
  replaces: '[V:16] {}.',
  baseline: 'a photo of a {}.',
  recipe: {
    method: 'coop',
    name: 'cached',
    shots: 16,
    seeds: [1],
    epochs: 200,
    batch: 32,
    learningRate: 0.002,
    momentum: 0.9,
    weightDecay: 0.0005,
    warmupEpochs: 1,
    warmupLearningRate: 1e-5,
  },
  device: 'cpu',
  threads: 2,
  hashes: { model: 'a', dataset: 'b', classes: 'c' },
  command: 'coop learn pets.prompts',
};

/** A folder of its own with a new run; bundles of the support processes beside it. */
export class RunFixture {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'coop-runs-'));
  readonly runsFolder = path.join(this.folder, '.coop', 'runs');
  private readonly children: ChildProcess[] = [];

  create(change: Partial<Omit<RunInputs, 'id'>> = {}): Promise<string> {
    return createRun(this.runsFolder, { ...INPUTS, ...change });
  }

  spawn(script: string, args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.children.push(child);
    return child;
  }

  /** Ends what a test left behind: children, and a detached writer by its lock. */
  async dispose(directories: readonly string[] = []): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    await Promise.all(this.children.map(exited));
    for (const directory of directories) {
      const { lock } = await inspectLock(directory);
      if (lock === undefined || lock.pid === process.pid) continue;
      await endProcessTree(lock, 'SIGKILL');
      await until(async () => !(await isRunning(lock.pid, lock.processStart)));
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Bundles the support processes as the product's build does; returns their files by name. */
export async function buildProcesses(folder: string): Promise<{ run: string; start: string }> {
  await build({
    entryPoints: [path.join(__dirname, 'run-process.ts'), path.join(__dirname, 'start-run.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outdir: folder,
    logLevel: 'error',
  });
  return { run: path.join(folder, 'run-process.js'), start: path.join(folder, 'start-run.js') };
}

export async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise(resolve => child.once('exit', resolve));
}

/** Resolves with the next line that a child prints. */
export function nextLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (data: Buffer) => {
      text += data;
      if (!text.includes('\n')) return;
      child.stdout!.off('data', onData);
      resolve(text.trim());
    };
    child.stdout!.on('data', onData);
    child.once('exit', code => reject(new Error(`ended with ${code} before it said anything: ${text}`)));
  });
}

export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await sleep(10);
}
