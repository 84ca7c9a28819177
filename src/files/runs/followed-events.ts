import type { RunEvent } from '../../shared/contracts/run';
import { readEvents } from './read-run';
import { sizeOfRunFile } from './run-file';

/** Of a longer file only the end is read, some 80,000 epochs: bounds the time and memory of a watcher (CWE-770). */
const MAX_BYTES = 16 * 2 ** 20;
const MAX_EVENTS = 100_000;

interface Followed {
  readonly events: readonly RunEvent[];
  readonly nextByte: number;
}

/** The events of runs that someone watches: each time only what was written since the last is read. */
export class FollowedEvents {
  private readonly followed = new Map<string, Promise<Followed>>();

  /** All events of a run so far; none where they cannot be read. */
  async of(directory: string): Promise<readonly RunEvent[]> {
    const before = this.followed.get(directory) ?? begin(directory);
    const now = before.then(known => goOn(directory, known));
    this.followed.set(directory, now);
    return (await now).events;
  }

  /** Forgets the other runs. */
  keep(directories: ReadonlySet<string>): void {
    for (const directory of this.followed.keys())
      if (!directories.has(directory)) this.followed.delete(directory);
  }
}

async function begin(directory: string): Promise<Followed> {
  const size = await sizeOfRunFile(directory, 'events');
  return { events: [], nextByte: Math.max(0, size - MAX_BYTES) };
}

async function goOn(directory: string, known: Followed): Promise<Followed> {
  let { events, nextByte } = known;
  for (;;) {
    const part = await readEvents(directory, nextByte).catch(() => null);
    if (part === null) return { events, nextByte };
    // The file became shorter: it is another one, and was read from its beginning.
    const anew = part.nextByte < nextByte;
    if (anew || part.events.length > 0)
      events = (anew ? part.events : [...events, ...part.events]).slice(-MAX_EVENTS);
    const end = part.nextByte === nextByte;
    nextByte = part.nextByte;
    if (end || anew) return { events, nextByte };
  }
}
