import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal } from '../../shared/contracts/run-state';
import { CoopError, type ErrorData } from '../../shared/errors';
import { writeError } from '../disk/file-error';
import { openRegularFile } from '../disk/open-regular';
import { inspectLock } from './inspect-lock';
import { newToken, tokenArguments } from './process-proof';
import { readRun } from './read-run';
import { readRunTail, refuseLinkedFolder, runFile, sizeOfRunFile } from './run-file';
import { RunWriter } from './run-writer';

export interface DetachedStart {
  /** A Node executable, or Electron as Node. */
  readonly node: string;
  readonly script: string;
  /** A token is added, by which the process proves later that it is the run's own. */
  readonly args: readonly string[];
  readonly directory: string;
  /** Cleaned before use; this process's own when absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** What the process works on; a run when absent. */
  readonly job?: DetachedJob;
}

/** What a start must know of the work that lies in a directory. */
export interface DetachedJob {
  /**
   * True when the process wrote how it ended, after `since` (milliseconds since 1970).
   * @throws CoopError the error that it ended with
   */
  readonly toldItsEnd: (since: number) => Promise<boolean>;
  /** Writes down why work that is new never began. */
  readonly neverBegan: (error: ErrorData) => Promise<void>;
}

/** A first start may have to read a large model's headers from a slow disk. */
const START_MS = 20_000;
const WAIT_MS = 50;
/** Below the editor, above nothing: training uses what is left. */
const NICE = 10;
const TAIL_BYTES = 2_000;
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
const FOREIGN = /^(NODE_OPTIONS|NODE_INSPECT.*|NODE_CHANNEL_.*|NODE_UNIQUE_ID|VSCODE_.*|ELECTRON_.*)$/i;

/**
 * Starts a training process that outlives this one: its output goes to files, since a pipe would break with us.
 * Resolves once the process holds the run's lock (or has already ended well). A new run whose process does not get
 * that far has `failed` in its state, and why.
 * @throws CoopError `engine.crashed` with the end of its error output; `run.locked` when another process writes; the
 * run's own error when it failed at once
 */
export async function startDetached(start: DetachedStart): Promise<void> {
  const { directory, job = runIn(directory) } = start;
  const before = await inspectLock(directory);
  if (before.condition === 'held') {
    throw new CoopError('run.locked', `The process ${before.lock?.pid} is working on ${directory} already.`, {
      subject: directory,
      next: 'Wait for it, or stop the run.',
    });
  }
  const stderrBefore = await sizeOfRunFile(directory, 'stderr');
  const started = Date.now();
  const token = newToken();
  const logs = await openLogs(directory);
  const child = launch(start, token, logs);
  let failed: Error | undefined;
  child.on('error', error => {
    failed = error;
  });
  child.unref();
  for (const log of logs) await log.close();
  const until = performance.now() + START_MS;
  while (performance.now() < until) {
    if (failed !== undefined) throw await crashed(directory, job, failed.message, failed);
    const ended = child.exitCode !== null || child.signalCode !== null;
    const { condition, lock } = await inspectLock(directory);
    // The writer may be a child of what was started (a version manager's wrapper), so its pid says nothing.
    if (condition === 'held' && lock?.token === token) {
      await lowerPriority(lock.pid);
      return;
    }
    if (ended) {
      if (child.exitCode === 0 || (await job.toldItsEnd(started))) return;
      const end = child.signalCode ?? `exit code ${child.exitCode}`;
      throw await crashed(directory, job, `${end}${await errorTail(directory, stderrBefore)}`);
    }
    await sleep(WAIT_MS);
  }
  child.kill('SIGKILL');
  throw await crashed(
    directory,
    job,
    `it did not begin to work within ${START_MS / 1000} s${await errorTail(directory, stderrBefore)}`,
  );
}

/**
 * What an editor, a debugger or a parent's message channel puts into the environment does not belong into a run of
 * hours. Electron as Node stays Node.
 */
export function cleanEnvironment(env: NodeJS.ProcessEnv, node: string): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !FOREIGN.test(name));
  return { ...Object.fromEntries(kept), ...(isElectron(node) ? { ELECTRON_RUN_AS_NODE: '1' } : {}) };
}

function isElectron(node: string): boolean {
  if (node === process.execPath) return process.versions['electron'] !== undefined;
  return !/^node(js)?(\.exe)?$/i.test(path.basename(node));
}

/** Output and error output of the process, appended to what an earlier one wrote; not through links. */
async function openLogs(directory: string): Promise<readonly FileHandle[]> {
  await refuseLinkedFolder(directory);
  const logs: FileHandle[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    const file = runFile(directory, name);
    try {
      logs.push(await openRegularFile(file, { flags: APPEND, links: 'refuse' }));
    } catch (thrown) {
      for (const log of logs) await log.close();
      throw writeError(thrown, file);
    }
  }
  return logs;
}

function launch(
  { node, script, args, directory, env = process.env }: DetachedStart,
  token: string,
  logs: readonly FileHandle[],
): ChildProcess {
  return spawn(node, [script, ...args, ...tokenArguments(token)], {
    cwd: directory,
    detached: true,
    stdio: ['ignore', ...logs.map(({ fd }) => fd)],
    env: cleanEnvironment(env, node),
    windowsHide: true,
  });
}

/** Where it is not permitted, the run works all the same. */
async function lowerPriority(pid: number): Promise<void> {
  try {
    os.setPriority(pid, NICE);
  } catch {
    return;
  }
  // Linux shares the processor out among sessions first, and a detached process leads one of its own (sched(7), autogroup).
  await writeFile(`/proc/${pid}/autogroup`, String(NICE)).catch(() => undefined);
}

/** The end of what this start wrote to its error output, as the end of a sentence. */
async function errorTail(directory: string, from: number): Promise<string> {
  const text = await readRunTail(directory, 'stderr', TAIL_BYTES, from);
  return text === '' ? '' : `: ${text}`;
}

async function crashed(
  directory: string,
  job: DetachedJob,
  why: string,
  cause?: unknown,
): Promise<CoopError> {
  const error = new CoopError('engine.crashed', `The training process could not start (${why}).`, {
    subject: directory,
    next: '“CoOp: Show Log” and stderr.log in the run folder have the details.',
    ...(cause === undefined ? {} : { cause }),
  });
  await job.neverBegan(error.toData()).catch(() => undefined);
  return error;
}

function runIn(directory: string): DetachedJob {
  return {
    toldItsEnd: since => toldItsEnd(directory, since),
    neverBegan: error => markFailed(directory, error),
  };
}

/** True when the process got as far as its lock and wrote how it ended before anyone saw the lock. */
async function toldItsEnd(directory: string, since: number): Promise<boolean> {
  const { state } = await readRun(directory);
  if (!isFinal(state.phase) || Date.parse(state.updatedAt) < since) return false;
  if (state.error !== undefined) throw CoopError.fromData(state.error);
  return true;
}

/** For a run that never began. One that is to go on keeps its state, so that it can still be resumed. */
async function markFailed(directory: string, error: ErrorData): Promise<void> {
  if ((await readRun(directory)).state.phase !== 'starting') return;
  const writer = await RunWriter.open(directory);
  try {
    await writer.event({ type: 'error', error });
    await writer.phase('failed', { error });
  } finally {
    await writer.close();
  }
}
