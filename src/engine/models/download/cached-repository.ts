import { lstatSync, statSync } from 'node:fs';
import { mkdir, rename, rm, rmdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../../files/disk/atomic-file';
import { systemCode, writeError } from '../../../files/disk/file-error';
import { isFolder, repositoryFolder } from '../caches/hub-cache';
import type { HubFile } from './repository';

/** Systems that know no links, or forbid them to this user, as Windows does without its developer mode. */
const NO_LINKS = new Set(['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'UNKNOWN']);

/**
 * What is here of a blob. The name is ours alone: to `<etag>.incomplete` huggingface_hub appends, under a lock of its own
 * (file_download.py).
 */
export const unfinishedBlob = (blob: string): string => `${blob}.coop.incomplete`;

/**
 * A repository's folder in the cache, written as huggingface_hub does (file_download.py), so that Python finds it: files
 * in `blobs` under their hashes, snapshots of relative links to them, and references that say which commit a name is at.
 */
export class CachedRepository {
  readonly folder: string;
  readonly blobs: string;
  /** Files and folders that were not there before, in the order in which they were made. */
  private readonly made: string[] = [];

  constructor(
    readonly cache: string,
    readonly id: string,
  ) {
    this.folder = repositoryFolder(cache, id);
    this.blobs = path.join(this.folder, 'blobs');
  }

  /** Where a lock of ours lies, outside of the repository, beside huggingface_hub's. */
  get lockFolder(): string {
    return path.join(this.cache, '.locks', path.basename(this.folder), 'coop');
  }

  snapshot(commit: string): string {
    return path.join(this.folder, 'snapshots', commit);
  }

  blob({ etag }: HubFile): string {
    return path.join(this.blobs, etag);
  }

  /** The file's whole bytes, wherever they lie; null where they are not here. */
  find(file: HubFile): string | null {
    return [this.blob(file), this.pointer(file)].find(each => sizeOf(each) === file.bytes) ?? null;
  }

  /** How many of its bytes an unfinished download has left. */
  bytesHere(file: HubFile): number {
    if (this.find(file) !== null) return file.bytes;
    return Math.min(file.bytes, sizeOf(unfinishedBlob(this.blob(file))) ?? 0);
  }

  /** @throws CoopError `file.access`, `disk.full` */
  async makeLockFolder(): Promise<void> {
    await makeFolder(this.lockFolder);
  }

  /** Where a blob is to be downloaded to. @throws CoopError `file.access`, `disk.full` */
  async target(file: HubFile): Promise<string> {
    await this.makeFolder(this.blobs);
    const blob = this.blob(file);
    if (!isThere(blob) && !isThere(unfinishedBlob(blob))) this.made.push(blob);
    return blob;
  }

  /**
   * Puts a downloaded file into its commit's snapshot: as a relative link, where there are none in the blob's place.
   * @throws CoopError `file.access`, `disk.full`
   */
  async link(file: HubFile): Promise<void> {
    const pointer = this.pointer(file);
    const blob = this.blob(file);
    if (sizeOf(blob) === undefined) return;
    await this.makeFolder(path.dirname(pointer));
    const isNew = !isThere(pointer);
    try {
      await rm(pointer, { force: true });
      if (process.env['HF_HUB_DISABLE_SYMLINKS'] === '1')
        throw Object.assign(new Error(), { code: 'ENOSYS' });
      await symlink(path.relative(path.dirname(pointer), blob), pointer);
      if (isNew) this.made.push(pointer);
    } catch (thrown) {
      if (!NO_LINKS.has(systemCode(thrown) ?? '')) throw writeError(thrown, pointer);
      await rename(blob, pointer).catch((failed: unknown) => {
        throw writeError(failed, pointer);
      });
      if (isNew && this.made.includes(blob)) this.made.push(pointer);
    }
  }

  /**
   * Removes what this attempt has downloaded and linked, and the folders that it made and that are empty now; nothing that
   * was here before. What cannot be removed stays. Only the holder of the lock may ask for it.
   */
  async takeBack(): Promise<void> {
    for (const place of this.made.splice(0).reverse())
      await (isFolder(place) ? rmdir(place) : rm(place, { force: true })).catch(() => undefined);
  }

  /** Says which commit a branch or pull request is at; last of all, so that it never names a snapshot without files. */
  async refer(revision: string, commit: string): Promise<void> {
    const file = path.join(this.folder, 'refs', ...revision.split('/'));
    await this.makeFolder(path.dirname(file));
    await writeFileAtomic(file, commit);
  }

  private async makeFolder(folder: string): Promise<void> {
    const missing: string[] = [];
    for (let at = folder; !isThere(at) && at !== path.dirname(at); at = path.dirname(at)) missing.unshift(at);
    await makeFolder(folder);
    this.made.push(...missing);
  }

  private pointer({ commit, path: place }: HubFile): string {
    return path.join(this.snapshot(commit), ...place.split('/'));
  }
}

const sizeOf = (file: string): number | undefined => {
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts?.isFile() === true ? facts.size : undefined;
};

/** Also where nobody may look: what is not known to be missing is never made, nor taken back. */
const isThere = (place: string): boolean => {
  try {
    return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
};

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((thrown: unknown) => {
    throw writeError(thrown, folder);
  });
}
