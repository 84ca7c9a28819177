import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface CoopOptions {
  /** What it reads: nothing unless given. */
  readonly input?: string;
  /** Beside this process's own environment, or in its place; undefined takes a variable away. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Starts the built command line in a folder, with its cache there; ended hard when it takes longer than two minutes. */
export function startCoop(
  command: string,
  folder: string,
  args: readonly string[],
  { input = '', environment = {} }: CoopOptions = {},
): Started {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { ...process.env, COOP_CACHE_DIR: path.join(folder, 'cache'), ...environment },
    timeout: 280_000,
    killSignal: 'SIGKILL',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data));
  child.stderr.on('data', (data: Buffer) => (stderr += data));
  child.stdin.end(input);
  const ended = new Promise<Ended>(resolve => child.on('close', code => resolve({ code, stdout, stderr })));
  return { child, ended };
}

/** As `startCoop`, to its end. */
export function runCoop(
  command: string,
  folder: string,
  args: readonly string[],
  options?: CoopOptions,
): Promise<Ended> {
  return startCoop(command, folder, args, options).ended;
}
