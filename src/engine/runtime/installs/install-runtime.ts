import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspectLock } from '../../../files/runs/inspect-lock';
import { acquireLock, type HeldLock } from '../../../files/runs/run-lock';
import type { InstalledRuntime, RuntimeName } from '../../../shared/contracts/protocol';
import { CoopError } from '../../../shared/errors';
import { installedRuntime, RUNTIMES, runtimeFolder } from './runtimes';

/** What is said while it goes on: npm tells how it goes in lines of its own. */
export interface InstallWork {
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/**
 * Installs a runtime with npm into the user's own folder, as its authors' installation does it; whole or not at all. What is
 * there already is left as it is.
 * @throws CoopError `install.platform`, `install.npm`, `install.failed`; the signal's reason
 */
export async function installRuntime(name: RuntimeName, work: InstallWork = {}): Promise<InstalledRuntime> {
  const { package: module, version, env, platforms, needs, proof } = RUNTIMES[name];
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.includes(platform))
    throw new CoopError('install.platform', `${module} ${version} does not exist for ${platform}.`, {
      subject: name,
      next: `It runs on ${platforms.join(' and ')}. “coop devices” says what can be used here.`,
    });
  const folder = runtimeFolder(name);
  if (folder === null)
    throw new CoopError('install.failed', `There is no home folder to install ${module} in.`, {
      subject: name,
      next: 'Name a folder in the environment variable COOP_RUNTIMES_DIR.',
    });
  const there = installedRuntime(name);
  if (there !== null) return { folder: there, package: module, version, needs, installed: false };
  work.signal?.throwIfAborted();
  await mkdir(path.dirname(folder), { recursive: true });
  await removeLeftOvers(folder);
  const draft = await mkdtemp(`${folder}-`);
  let lock: HeldLock | null = null;
  try {
    lock = await acquireLock(draft);
    const fresh = path.join(draft, 'installed');
    await mkdir(fresh);
    await writeFile(path.join(fresh, 'package.json'), '{ "private": true }\n');
    await npm(
      ['install', '--ignore-scripts=false', '--save-exact', `${module}@${version}`],
      fresh,
      env,
      work,
    );
    if (!existsSync(path.join(fresh, 'node_modules', module, proof)))
      throw failed(module, version, `its installation left no ${path.basename(proof)}`);
    // What an earlier version of this program left half done.
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } finally {
    await lock?.release();
    // Scripts that were killed may be writing their last.
    await rm(draft, { recursive: true, force: true, maxRetries: 5 });
  }
  return { folder: installedRuntime(name) ?? folder, package: module, version, needs, installed: true };
}

/** Of installations whose process was killed; those of processes that live go on. */
async function removeLeftOvers(folder: string): Promise<void> {
  const [place, start] = [path.dirname(folder), `${path.basename(folder)}-`];
  for (const name of await readdir(place)) {
    if (!name.startsWith(start)) continue;
    const draft = path.join(place, name);
    const { condition } = await inspectLock(draft);
    // Before drafts had locks npm worked in them directly.
    if (condition === 'stale' || (condition === 'none' && existsSync(path.join(draft, 'package.json'))))
      await rm(draft, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The hub's tokens are nothing for the scripts of other people's packages. npm's own stays: its registry may ask for it. */
function environmentOfNpm(): NodeJS.ProcessEnv {
  const tokens = /^(HF|HUGGING_?FACE).*TOKEN$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !tokens.test(name)));
}

function npm(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  { signal, onLine }: InstallWork,
): Promise<void> {
  const [command, ...rest] = process.platform === 'win32' ? ['cmd', '/c', 'npm'] : ['npm'];
  const asked = args.at(-1)!;
  return new Promise((resolve, reject) => {
    const child = spawn(
      command!,
      [...rest, ...args, '--no-audit', '--no-fund', '--no-update-notifier', '--foreground-scripts'],
      {
        cwd,
        env: { ...environmentOfNpm(), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        // Its scripts are processes of their own, which end with it.
        detached: process.platform !== 'win32',
      },
    );
    const lines: string[] = [];
    const read = (text: string) => {
      for (const line of text.split(/[\r\n]+/))
        if (line.trim() !== '') {
          lines.push(line.trim());
          if (lines.length > 50) lines.shift();
          onLine?.(line.trim());
        }
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    const stop = () => {
      if (child.pid === undefined) return;
      if (process.platform === 'win32') spawn('taskkill', ['/pid', String(child.pid), '/T', '/F']);
      else
        try {
          process.kill(-child.pid, 'SIGKILL');
        } catch {
          // It has just ended by itself.
        }
    };
    signal?.addEventListener('abort', stop, { once: true });
    child.on('error', cause =>
      reject(
        new CoopError('install.npm', `npm, which installs ${asked}, cannot be started: ${cause.message}`, {
          subject: asked,
          cause,
          next: 'Install Node.js with npm (nodejs.org), and start this program where “npm --version” works.',
        }),
      ),
    );
    child.on('close', code => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted === true) reject(signal.reason as Error);
      else if (code === 0) resolve();
      else {
        const [, module, version] = /^(.+)@([^@]+)$/.exec(asked)!;
        reject(failed(module!, version!, reasonIn(lines)));
      }
    });
  });
}

/** The line of npm's output that says why: the message of what a script threw, of the registry, or of npm itself. */
function reasonIn(lines: readonly string[]): string {
  const said = lines.map(line => line.replace(/^npm (?:error|ERR!)\s*/, ''));
  const why =
    said.find(line => /^(?:\w*Error|Unhandled).*: /.test(line)) ??
    said.find(line => /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|E40\d|notarget|ENOSPC/.test(line));
  return why ?? said.at(-1) ?? 'npm says nothing';
}

function failed(module: string, version: string, why: string): CoopError {
  return new CoopError('install.failed', `${module} ${version} could not be installed: ${why}`, {
    subject: module,
    next: 'It needs a network that reaches npm’s registry, and for CUDA api.nuget.org; nothing was changed here.',
  });
}
