import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RunLock } from '../../shared/contracts/run';
import { ask, askPowerShell, parseProcessStat, processStart } from './process-identity';

/**
 * A lock is a file, and a file may come from anyone: that it names a process is no reason to end that process. One that
 * was started for a run carries a random token on its command line, which it writes into its lock; only where both are
 * the same, and the start time too, is the process the run's own.
 */
const TOKEN_OPTION = '--token';
const TOKEN_BYTES = 16;
const TOKEN = /^[0-9a-f]{32}$/;

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('hex');
}

/** What a process must be started with to prove itself later. */
export function tokenArguments(token: string): readonly string[] {
  return [TOKEN_OPTION, token];
}

/** The token that this process was started with. */
export function givenToken(argv: readonly string[] = process.argv): string | undefined {
  const token = argv[argv.lastIndexOf(TOKEN_OPTION) + 1];
  return argv.includes(TOKEN_OPTION) && token !== undefined && TOKEN.test(token) ? token : undefined;
}

/** True only for a process that runs, began when the lock says, and shows the lock's token on its command line. */
export async function isProved({ pid, processStart: start, token }: RunLock): Promise<boolean> {
  if (pid <= 1 || start === '' || !TOKEN.test(token)) return false;
  if ((await processStart(pid)) !== start) return false;
  return (await commandLine(pid)).includes(tokenArguments(token).join(' '));
}

/** True when the process leads its own group, as a detached one does: the group is its own then, too. */
export async function leadsItsGroup(pid: number): Promise<boolean> {
  if (pid <= 1 || process.platform === 'win32') return false;
  if (process.platform !== 'linux')
    return Number(await ask('ps', ['-o', 'pgid=', '-p', String(pid)])) === pid;
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return parseProcessStat(text)?.group === pid;
}

/** The command line of a process, its arguments apart by blanks; '' when the system does not tell. */
async function commandLine(pid: number): Promise<string> {
  switch (process.platform) {
    case 'linux':
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
    case 'win32':
      return askPowerShell(`(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CommandLine`);
    default:
      return ask('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  }
}
