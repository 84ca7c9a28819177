import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoopError } from '../../shared/errors';
import { RUN_FILES } from '../../shared/run';
import { inspectLock } from './run-lock';

export interface DetachedStart {
  /** A Node executable, or Electron as Node. */
  readonly node: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly directory: string;
}

/** A first start may have to read a large model's headers from a slow disk. */
const START_MS = 20_000;
/** Below the editor, above nothing: training uses what is left. */
const NICE = 10;
const TAIL_CHARACTERS = 1500;

/**
 * Starts a training process that outlives this one: its output goes to files, since a pipe would break with us.
 * Resolves once the process holds the run's lock (or has already ended well).
 * @throws CoopError `engine.crashed` with the end of its error output
 */
export async function startDetached({ node, script, args, directory }: DetachedStart): Promise<void> {
  const out = openSync(path.join(directory, RUN_FILES.stdout), 'a');
  const err = openSync(path.join(directory, RUN_FILES.stderr), 'a');
  const child = spawn(node, [script, ...args], {
    cwd: directory,
    detached: true,
    stdio: ['ignore', out, err],
    env: cleanEnvironment(),
    windowsHide: true,
  });
  closeSync(out);
  closeSync(err);
  let ended: { readonly code: number | null; readonly signal: string | null } | undefined;
  let failed: Error | undefined;
  child.on('exit', (code, signal) => {
    ended = { code, signal };
  });
  child.on('error', error => {
    failed = error;
  });
  child.unref();
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    if (failed !== undefined) throw crashed(directory, failed.message, failed);
    if (ended?.code === 0) return;
    if (ended !== undefined) {
      const tail = await readFile(path.join(directory, RUN_FILES.stderr), 'utf8').catch(() => '');
      throw crashed(
        directory,
        `${ended.signal ?? `exit code ${ended.code}`}: ${tail.slice(-TAIL_CHARACTERS).trim()}`,
      );
    }
    const { condition, lock } = await inspectLock(directory);
    if (condition === 'held' && lock?.pid === child.pid) {
      lowerPriority(child.pid);
      return;
    }
    await sleep(50);
  }
  throw crashed(directory, 'it did not begin to work in time');
}

/** What an editor or a debugger puts into its children's environment does not belong into a run of hours. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(NODE_OPTIONS|NODE_INSPECT.*|VSCODE_.*|ELECTRON_.*)$/.test(name),
  );
  const electron = process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' };
  return { ...Object.fromEntries(kept), ...electron };
}

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) os.setPriority(pid, NICE);
  } catch {
    // Not permitted here; the run works all the same.
  }
}

function crashed(directory: string, why: string, cause?: unknown): CoopError {
  return new CoopError('engine.crashed', `The training process could not start (${why}).`, {
    subject: directory,
    next: '“CoOp: Show Log” and stderr.log in the run folder have the details.',
    ...(cause === undefined ? {} : { cause }),
  });
}
