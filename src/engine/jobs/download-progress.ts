import type { CachedRepository } from '../models/download/cached-repository';
import type { HubFile } from '../models/download/repository';
import type { Work } from '../task/work';

const MEGABYTE = 1e6;
/** Chunks come a thousand times a second. */
const TELL_EVERY_MS = 100;

/** How much of a model is here, how fast more comes, and how much this process has downloaded. */
export class DownloadProgress {
  private readonly here = new Map<HubFile, number>();
  private readonly total: number;
  private started = performance.now();
  private told = Number.NEGATIVE_INFINITY;
  private came = 0;

  constructor(
    private readonly id: string,
    private readonly files: readonly HubFile[],
    private readonly cached: CachedRepository,
    private readonly work: Work,
  ) {
    this.total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    this.look();
  }

  /** Bytes that this process has received. */
  get downloaded(): number {
    return this.came;
  }

  /** Another process writes: its progress is read from the disk. */
  waiting(): void {
    this.look();
    this.tell(`Waiting for another download of ${this.id}`);
  }

  begin(): void {
    this.look();
    this.started = performance.now();
    this.told = Number.NEGATIVE_INFINITY;
    this.tell(`Downloading ${this.id}`);
  }

  received(file: HubFile, bytes: number): void {
    this.came += Math.max(0, bytes - (this.here.get(file) ?? 0));
    this.here.set(file, bytes);
    this.tell(`Downloading ${this.id}`);
  }

  private look(): void {
    for (const file of this.files) this.here.set(file, this.cached.bytesHere(file));
  }

  private tell(message: string): void {
    const now = performance.now();
    const done = [...this.here.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (now - this.told < TELL_EVERY_MS && done < this.total) return;
    this.told = now;
    const seconds = (now - this.started) / 1000;
    this.work.onProgress?.({
      message,
      done: done / MEGABYTE,
      total: this.total / MEGABYTE,
      unit: 'MB',
      ...(this.came > 0 && seconds > 0 ? { perSecond: this.came / MEGABYTE / seconds } : {}),
    });
  }
}
