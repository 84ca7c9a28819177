import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A process stands still while it is looked at, so that its pictures in all themes are of one moment. */
export async function frozen(pid: number, looking: () => Promise<unknown>): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  try {
    await looking();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** The process that holds the lock of a run, or of an experiment's results. */
export function pidOf(directory: string): number {
  return (JSON.parse(readFileSync(path.join(directory, 'lock'), 'utf8')) as { pid: number }).pid;
}
