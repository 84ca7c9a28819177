import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import type { RunLock } from '../../shared/contracts/run';
import { isProved, leadsItsGroup } from './process-proof';

const run = promisify(execFile);

/**
 * Signals the process of a lock and everything in its process group, but only when that process has proved to be the
 * run's own: what a lock names may be any process.
 * @returns false when it has not, or is gone or on another machine; nothing is signalled then
 */
export async function endProcessTree(lock: RunLock, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
  if (lock.host !== hostname() || !(await isProved(lock))) return false;
  if (process.platform === 'win32') {
    await run('taskkill', ['/PID', String(lock.pid), '/T', '/F'], { windowsHide: true }).catch(
      () => undefined,
    );
    return true;
  }
  // When asked nicely it ends its helpers by itself.
  if (signal === 'SIGKILL' && (await leadsItsGroup(lock.pid))) send(-lock.pid, signal);
  send(lock.pid, signal);
  return true;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}
