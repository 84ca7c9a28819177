import { type ReadEvents, readEvents } from '../../../files/runs/read-run';
import type { RunEvent } from '../../../shared/contracts/run';

/** As many of a run's events are kept and shown: the newest. */
const MAX_EVENTS = 100_000;

interface Followed {
  readonly events: readonly RunEvent[];
  readonly nextByte: number;
}

/** The events of runs that are shown: each time only what was written since the last. */
export class RunEvents {
  private readonly followed = new Map<string, Promise<Followed>>();

  constructor(private readonly read: (directory: string, from: number) => Promise<ReadEvents> = readEvents) {}

  /** All events of a run so far; none where they cannot be read. */
  async of(directory: string): Promise<readonly RunEvent[]> {
    const before = this.followed.get(directory) ?? Promise.resolve({ events: [], nextByte: 0 });
    const now = before.then(known => this.goOn(directory, known));
    this.followed.set(directory, now);
    return (await now).events;
  }

  /** Forgets the runs that are not shown any more. */
  keep(directories: ReadonlySet<string>): void {
    for (const directory of this.followed.keys())
      if (!directories.has(directory)) this.followed.delete(directory);
  }

  private async goOn(directory: string, known: Followed): Promise<Followed> {
    let { events, nextByte } = known;
    for (;;) {
      const part = await this.read(directory, nextByte).catch(() => null);
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
}
