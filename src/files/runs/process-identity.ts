import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
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
 * True while the process that had this pid and start still runs, or may run: where the system does not tell the start of
 * a process that is there, the benefit of the doubt is its own. An unknown `start` ('') is that of no process. Where
 * asking costs a process, a recent answer that matches is taken again; one that does not match is asked for anew.
 */
export async function isRunning(pid: number, start: string): Promise<boolean> {
  if (start === '') return false;
  const recent = asked.get(pid);
  if (recent?.start === start && performance.now() - recent.at < ANSWER_HOLDS_MS) return exists(pid);
  const present = await processStart(pid);
  return present === '' || present === start;
}

/** True while any process has this pid. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it exists and belongs to another user.
    return systemCode(thrown) === 'EPERM';
  }
}

/**
 * What `/proc/PID/stat` of Linux tells of a process: its state letter, its process group, its threads and its start
 * in clock ticks since the boot (fields 3, 5, 20 and 22 of proc(5)). Undefined for any other text.
 */
export function parseProcessStat(text: string):
  | {
      readonly state: string;
      readonly group: number;
      readonly threads: number;
      readonly startTicks: string;
    }
  | undefined {
  // Field 2, the name in parentheses, may itself hold blanks and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, group, threads] = [fields[0], Number(fields[2]), Number(fields[17])];
  const startTicks = fields[19];
  if (state === undefined || startTicks === undefined || !/^\d+$/.test(startTicks)) return undefined;
  return { state, group, threads, startTicks };
}

/** Asks a program of the system; '' when it does not answer. */
export async function ask(command: string, args: readonly string[]): Promise<string> {
  try {
    // The format of `ps -o lstart` follows the locale, and two users of one folder may have different ones.
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const { stdout } = await run(command, args, { env, timeout: ASK_TIMEOUT_MS, windowsHide: true });
    return stdout.trim();
  } catch {
    return '';
  }
}

function askedStart(pid: number): Promise<string> {
  if (process.platform === 'win32')
    return askPowerShell(`(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`);
  return ask('ps', ['-o', 'lstart=', '-p', String(pid)]);
}

export function askPowerShell(command: string): Promise<string> {
  return ask('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', command]);
}

async function linuxStart(pid: number): Promise<string | undefined> {
  try {
    const stat = parseProcessStat(await readFile(`/proc/${pid}/stat`, 'utf8'));
    if (stat === undefined) return '';
    // A killed process is a zombie while a thread of it still ends in the kernel, where a write it began is finished.
    if (stat.state === 'X' || (stat.state === 'Z' && stat.threads <= 1)) return undefined;
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
