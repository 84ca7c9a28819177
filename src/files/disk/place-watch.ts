import { existsSync, type FSWatcher, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** More folders than this are not watched one by one; the engine looks at their stamps at each request all the same. */
const MAX_FOLDERS = 4096;
/** A part (`train`) and its classes. */
const DEPTH = 2;
const SETTLED_MS = 500;

/**
 * Watches files and folders, the folders two levels deep; where a place is gone, the folder above it that is there, so that
 * it is told when the place comes back. Hidden files and folders are none of it: runs lie in `.coop`.
 */
export class PlaceWatch {
  private readonly watchers = new Map<string, FSWatcher>();
  private touched = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private turn = 0;

  /** @param onChange gets the paths that changed, once nothing has changed any more for half a second */
  constructor(private readonly onChange: (paths: readonly string[]) => void) {}

  /**
   * These places instead of the ones before.
   * @param since a change after this time (ms since 1970) is told too, though nobody watched yet
   */
  async watch(places: readonly string[], since = Number.POSITIVE_INFINITY): Promise<void> {
    this.turn += 1;
    const { turn } = this;
    const folders = new Map<string, ReadonlySet<string> | null>();
    for (const place of places) await addFolders(place, folders);
    if (turn !== this.turn) return;
    for (const [folder, watcher] of this.watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    for (const [folder, names] of folders) {
      if (this.watchers.has(folder)) continue;
      this.add(folder, names);
      const facts = await stat(folder).catch(() => null);
      if (names === null && facts !== null && facts.mtimeMs > since) this.tell(folder);
      if (turn !== this.turn) return;
    }
  }

  dispose(): void {
    this.turn += 1;
    clearTimeout(this.timer);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  private add(folder: string, names: ReadonlySet<string> | null): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        const changed = name === null ? folder : path.join(folder, name);
        if (name?.startsWith('.') || (names !== null && name !== null && !names.has(name))) return;
        this.tell(changed);
      });
      watcher.on('error', () => {
        watcher.close();
        this.watchers.delete(folder);
        this.tell(folder);
      });
      this.watchers.set(folder, watcher);
    } catch {
      // It went away meanwhile, or the system watches no more folders: scores are checked at the next request.
    }
  }

  private tell(changed: string): void {
    this.touched.add(changed);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const paths = [...this.touched];
      this.touched = new Set();
      this.onChange(paths);
    }, SETTLED_MS);
  }
}

/** @param folders to watch, with the names in them that count; null for all */
async function addFolders(place: string, folders: Map<string, ReadonlySet<string> | null>): Promise<void> {
  const facts = await stat(place).catch(() => null);
  if (facts?.isDirectory()) {
    await addTree(place, DEPTH, folders);
    return;
  }
  // A file, or something that is gone: what is put in its place is seen from the folder above.
  let child = place;
  let parent = path.dirname(place);
  while (!existsSync(parent) && parent !== path.dirname(parent)) {
    child = parent;
    parent = path.dirname(parent);
  }
  const known = folders.get(parent);
  if (known !== null) folders.set(parent, new Set([...(known ?? []), path.basename(child)]));
}

async function addTree(
  folder: string,
  depth: number,
  folders: Map<string, ReadonlySet<string> | null>,
): Promise<void> {
  if (folders.size >= MAX_FOLDERS) return;
  folders.set(folder, null);
  if (depth === 0) return;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries)
    if (!entry.isFile() && !entry.name.startsWith('.'))
      await addTree(path.join(folder, entry.name), depth - 1, folders);
}
