import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parseProcessStat } from '../../shared/contracts/run-files';
import { systemCode } from '../disk/file-error';

const run = promisify(execFile);
const ASK_TIMEOUT_MS = 5_000;
const ANSWER_HOLDS_MS = 5_000;
/** By pid; used where there is no /proc. */
const asked = new Map<number, { readonly start: string; readonly at: number }>();

/**
 * When a process started, as the operating system tells it: together with the pid this names one process for ever.
 * Linux: clock ticks since the boot and the boot's id; macOS: the second of the start; Windows: 100 ns ticks.
 * @returns undefined when the process is gone (or a zombie, which runs nothing), '' when the system does not tell
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (!exists(pid)) return undefined;
  if (process.platform === 'linux') return linuxStart(pid);
  const start = await askedStart(pid);
  if (start !== '') asked.set(pid, { start, at: performance.now() });
  return start;
}

/**
 * True while the process that had this pid and start still runs. A start that is not known ('') matches any. Where
 * asking costs a process, a recent answer that matches is taken again; one that does not match is asked for anew.
 */
export async function isRunning(pid: number, start: string): Promise<boolean> {
  if (start === '') return exists(pid);
  const recent = asked.get(pid);
  if (recent?.start === start && performance.now() - recent.at < ANSWER_HOLDS_MS) return exists(pid);
  const present = await processStart(pid);
  return present === '' || present === start;
}

function askedStart(pid: number): Promise<string> {
  if (process.platform === 'win32') {
    const command = `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`;
    return ask('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', command]);
  }
  return ask('ps', ['-o', 'lstart=', '-p', String(pid)]);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it exists and belongs to another user.
    return systemCode(thrown) === 'EPERM';
  }
}

async function linuxStart(pid: number): Promise<string | undefined> {
  try {
    const stat = parseProcessStat(await readFile(`/proc/${pid}/stat`, 'utf8'));
    if (stat === undefined) return '';
    if (stat.state === 'Z' || stat.state === 'X') return undefined;
    return `${stat.startTicks}@${await bootId()}`;
  } catch {
    // Hidden from us (hidepid), or it ended this moment.
    return exists(pid) ? '' : undefined;
  }
}

/** Ticks start anew at every boot, and container processes get the same pid at about the same tick each time. */
async function bootId(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return text.trim();
}

async function ask(command: string, args: readonly string[]): Promise<string> {
  try {
    // The format of `ps -o lstart` follows the locale, and two users of one folder may have different ones.
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const { stdout } = await run(command, args, { env, timeout: ASK_TIMEOUT_MS, windowsHide: true });
    return stdout.trim();
  } catch {
    return '';
  }
}
