import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, open, readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../../files/disk/atomic-file';
import { cacheFolder } from '../../files/disk/cache-folder';
import { causeInWords } from '../../files/disk/file-error';
import { markFolder } from './cache-mark';
import { evictFolders } from './evict-folders';
import { encodeRecords, hashOfRecord, isWhole, readRecord, recordBytes, shardRecords } from './feature-shard';

/** What a feature depends on besides the image's bytes. */
export interface FeatureKey {
  readonly modelHash: string;
  /** `preprocessingKey` of the model's preprocessing. */
  readonly preprocessing: string;
  /** `test` for the test transform; other views have names of their own. */
  readonly view: string;
}

export interface FeatureCacheOptions {
  /** Holds one folder for each key; `features` in the cache folder by default. */
  readonly root?: string;
  /** Of all keys together. The folder in use is never removed, however large. */
  readonly maxBytes?: number;
  /** Told once when features cannot be kept. */
  readonly onWarning?: (message: string) => void;
}

export interface FeatureCache {
  /** [E] as the tower gave it, by the sha256 of the file; read from the disk when it is asked for. */
  get(fileHash: string): Float32Array | undefined;
  /** Whether `get` would have it, without reading it. */
  has(fileHash: string): boolean;
  put(fileHash: string, values: Float32Array): void;
  /** Writes what was put and lets go of files. Never fails: what cannot be written stays in memory, with a warning. */
  flush(): Promise<void>;
  /** `flush`, at the end of its use. */
  close(): Promise<void>;
  readonly size: number;
}

/** Features of 500,000 images of width 512. */
const MAX_BYTES = 2 ** 30;
/** More files than this are joined to one, those aside that a living process may still append to. */
const MAX_SHARDS = 32;
const SETTLED_MILLISECONDS = 600_000;
const ENDING = '.features';

interface Place {
  readonly file: string;
  readonly at: number;
}

/**
 * Opens the features of one model, preprocessing and view. Each process appends to a file of its own (feature-shard.ts),
 * so that processes do not meet; a damaged record is ignored, and its file written anew without it.
 * @param width E
 */
export async function openFeatureCache(
  key: FeatureKey,
  width: number,
  options: FeatureCacheOptions = {},
): Promise<FeatureCache> {
  const root = options.root ?? path.join(cacheFolder(), 'features');
  const name = JSON.stringify([key.modelHash, key.preprocessing, key.view, width]);
  const folder = path.join(root, createHash('sha256').update(name).digest('hex').slice(0, 32));
  const cache = new ShardedCache(root, folder, width, options);
  await cache.index();
  return cache;
}

class ShardedCache implements FeatureCache {
  private places = new Map<string, Place>();
  /** Put, and not (yet) in a file. */
  private readonly fresh = new Map<string, Float32Array>();
  private readonly descriptors = new Map<string, number>();
  private readonly damaged = new Set<string>();
  private own: { readonly file: string; bytes: number } | null = null;
  private writable = true;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly root: string,
    private readonly folder: string,
    private readonly width: number,
    private readonly options: FeatureCacheOptions,
  ) {}

  get size(): number {
    let size = this.places.size;
    for (const hash of this.fresh.keys()) if (!this.places.has(hash)) size += 1;
    return size;
  }

  async index(): Promise<void> {
    const places = new Map<string, Place>();
    for (const file of await shards(this.folder)) {
      try {
        for await (const { at, record } of shardRecords(file, this.width))
          places.set(hashOfRecord(record), { file, at });
      } catch {
        // Removed by another process meanwhile, or not readable: its images are encoded again.
      }
    }
    this.places = places;
    const now = new Date();
    await utimes(this.folder, now, now).catch(() => undefined);
  }

  get(hash: string): Float32Array | undefined {
    const fresh = this.fresh.get(hash);
    if (fresh !== undefined) return fresh.slice();
    const place = this.places.get(hash);
    if (place === undefined) return undefined;
    const values = this.read(place, hash);
    if (values === undefined) this.places.delete(hash);
    return values;
  }

  has(hash: string): boolean {
    return this.fresh.has(hash) || this.places.has(hash);
  }

  put(hash: string, values: Float32Array): void {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError(`“${hash}” is no sha256`);
    if (values.length !== this.width)
      throw new RangeError(`${values.length} values are not a feature of width ${this.width}`);
    if (!this.places.has(hash)) this.fresh.set(hash, values.slice());
  }

  flush(): Promise<void> {
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  close(): Promise<void> {
    return this.flush();
  }

  private read({ file, at }: Place, hash: string): Float32Array | undefined {
    try {
      let descriptor = this.descriptors.get(file);
      if (descriptor === undefined) {
        descriptor = openSync(file, 'r');
        this.descriptors.set(file, descriptor);
      }
      const values = readRecord(descriptor, at, hash, this.width);
      if (values === undefined) this.damaged.add(file);
      return values;
    } catch {
      return undefined;
    }
  }

  private async write(): Promise<void> {
    for (const descriptor of this.descriptors.values()) closeSync(descriptor);
    this.descriptors.clear();
    if (!this.writable || (this.fresh.size === 0 && this.damaged.size === 0)) return;
    try {
      await mkdir(this.folder, { recursive: true });
      await markFolder(this.folder);
      await this.append([...this.fresh]);
      await this.join();
      await evictFolders(this.root, this.folder, this.options.maxBytes ?? MAX_BYTES, isShard);
    } catch (thrown) {
      this.writable = false;
      this.own = null;
      this.options.onWarning?.(
        `Features of images cannot be kept in ${this.folder}: ${causeInWords(thrown)}. Images are encoded again next time.`,
      );
    }
  }

  private async append(records: readonly (readonly [string, Float32Array])[]): Promise<void> {
    if (records.length === 0) return;
    const unique = `${process.pid}-${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
    this.own ??= { file: path.join(this.folder, `${unique}${ENDING}`), bytes: 0 };
    const { own } = this;
    const handle = await open(own.file, 'a');
    try {
      // An empty file at a later flush: another process has joined this one to the others.
      own.bytes = (await handle.stat()).size;
      await handle.appendFile(encodeRecords(records));
    } finally {
      await handle.close();
    }
    for (const [at, [hash]] of records.entries()) {
      this.places.set(hash, { file: own.file, at: own.bytes + at * recordBytes(this.width) });
      this.fresh.delete(hash);
    }
  }

  /** Joins many files to one, and writes damaged ones anew without what is damaged in them. */
  private async join(): Promise<void> {
    const files = await shards(this.folder);
    const settled = files.length > MAX_SHARDS ? await settledOf(files) : [];
    const sources = files.filter(file => this.damaged.has(file) || settled.includes(file));
    this.damaged.clear();
    if (sources.length === 0) return;
    if (sources.includes(this.own?.file ?? '')) this.own = null;
    const unique = `joined-${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
    const target = path.join(this.folder, `${unique}${ENDING}`);
    const done = new Set<string>();
    await replaceFile(target, async handle => {
      for (const file of sources) {
        for await (const { record } of shardRecords(file, this.width)) {
          const hash = hashOfRecord(record);
          if (done.has(hash) || !isWhole(record)) continue;
          done.add(hash);
          await handle.appendFile(record);
        }
      }
    });
    for (const file of sources) await rm(file, { force: true }).catch(() => undefined);
    await this.index();
  }
}

const isShard = (name: string): boolean => name.endsWith(ENDING);

async function shards(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter(entry => entry.isFile() && isShard(entry.name))
    .map(({ name }) => path.join(folder, name))
    .sort();
}

async function settledOf(files: readonly string[]): Promise<string[]> {
  const before = Date.now() - SETTLED_MILLISECONDS;
  const kept: string[] = [];
  for (const file of files) {
    const facts = await stat(file).catch(() => null);
    if (facts !== null && facts.mtimeMs < before) kept.push(file);
  }
  return kept;
}
