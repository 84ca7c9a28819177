import path from 'node:path';
import type { RunSummary } from '../../shared/contracts/run';

const STAMP = /^(\d{8}-\d{6})-/;

/**
 * Older runs first, by the time in their directories' names: `createRun` makes it later than that of every run in the
 * folder, also when another machine's clock was ahead. Within one second, and elsewhere, the run's own time decides.
 */
export function byAge(a: RunSummary, b: RunSummary): number {
  const [first, second] = [stampOf(a.directory), stampOf(b.directory)];
  if (first !== null && second !== null && first !== second) return first < second ? -1 : 1;
  const between = Date.parse(a.inputs.createdAt) - Date.parse(b.inputs.createdAt);
  return between || (a.directory < b.directory ? -1 : 1);
}

/** The time that the name of a run's directory begins with, as it stands there; null for any other name. */
export function stampOf(directory: string): string | null {
  return STAMP.exec(path.basename(directory))?.[1] ?? null;
}

/** The name of a run's directory without its time. */
export function withoutStamp(directory: string): string {
  return path.basename(directory).replace(STAMP, '');
}

export function stampAt(time: Date): string {
  return time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}

/**
 * The stamp of a new run: its time, or a second after the newest of the others when that is later.
 * @param others names of directories in the same folder
 */
export function nextStamp(createdAt: string, others: readonly string[]): string {
  const own = stampAt(new Date(createdAt));
  const newest = others
    .map(stampOf)
    .reduce<string>((latest, stamp) => (stamp !== null && stamp > latest ? stamp : latest), '');
  if (newest <= own) return own;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/.exec(newest)!;
  const after = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`).getTime() + 1000;
  // A name that is no time, or the last second that four digits can tell, is not ours.
  if (!(after < Date.UTC(9999, 11, 31))) return own;
  return stampAt(new Date(after));
}
