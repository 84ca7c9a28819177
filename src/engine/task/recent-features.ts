import type { TextFeatures } from './text-features';

/** 80 templates of 1000 classes at 512 values each are 164 MB; a list being edited is far smaller. */
const LIMIT_BYTES = 192 * 2 ** 20;

/**
 * Text features by key, the least recently used ones given up first: an edited list encodes its edited lines only, and an
 * ensemble encodes nothing that its members have encoded.
 */
export class RecentFeatures {
  private readonly entries = new Map<string, TextFeatures>();
  private bytes = 0;

  constructor(private readonly limitBytes = LIMIT_BYTES) {}

  get(key: string): TextFeatures | undefined {
    const found = this.entries.get(key);
    if (found !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, found);
    }
    return found;
  }

  set(key: string, value: TextFeatures): void {
    this.remove(key);
    this.entries.set(key, value);
    this.bytes += value.features.byteLength;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.limitBytes) break;
      this.remove(oldest);
    }
  }

  private remove(key: string): void {
    this.bytes -= this.entries.get(key)?.features.byteLength ?? 0;
    this.entries.delete(key);
  }
}
