import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import type { RunLock } from '../../shared/contracts/run';
import { isRunning } from './process-identity';

const run = promisify(execFile);

/**
 * Signals the process named by a lock and everything in its process group, but only while it is that very process:
 * a pid alone may belong to another program by now. A process that is gone or on another machine is left alone.
 */
export async function endProcessTree(lock: RunLock, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (lock.host !== hostname() || !(await isRunning(lock.pid, lock.processStart))) return;
  if (process.platform === 'win32') {
    await run('taskkill', ['/PID', String(lock.pid), '/T', '/F'], { windowsHide: true }).catch(
      () => undefined,
    );
    return;
  }
  // A detached process leads its own group. When asked nicely it ends its helpers by itself.
  if (signal === 'SIGKILL') send(-lock.pid, signal);
  send(lock.pid, signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself meanwhile, leads no group, or is another user's.
  }
}
