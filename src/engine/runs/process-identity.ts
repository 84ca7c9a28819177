import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parseProcessStat } from '../../shared/run-files';

const execute = promisify(execFile);

/**
 * When a process started, as its operating system tells it; tells a process from a later one with the same pid.
 * Null when there is no such process (or only a zombie of it); an empty text where the system does not say.
 */
export async function processStart(pid: number): Promise<string | null> {
  if (!isAlive(pid)) return null;
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const facts = parseProcessStat(text);
    if (facts === undefined || facts.state === 'Z') return null;
    return facts.startTicks;
  }
  if (process.platform === 'win32') return '';
  const shown = await execute('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return shown.stdout.trim();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
