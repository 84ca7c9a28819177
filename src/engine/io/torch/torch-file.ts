import type { ByteSource } from './byte-source';
import { type PersistentId, type PickleGlobal, type PickleObject, readPickle } from './pickle';
import { storageType } from './storage-types';
import { contentOffset, type ZipEntry, zipEntries } from './stored-zip';

/** Where the numbers of one storage lie in the file. */
export interface StoragePlace {
  readonly offset: number;
  readonly bytes: number;
}

/** What torch.save or torch.jit.save wrote: an inert object tree whose tensors refer to storages by key. */
export interface TorchFile {
  readonly root: unknown;
  /** Undefined for a key that the file does not hold. A key is a name within the file, never a path. */
  storage(key: string): Promise<StoragePlace | undefined>;
  /** Today's zip archive, or the stream of pickles before PyTorch 1.6, whose storages lie at odd places. */
  readonly form: 'zip' | 'stream';
  /** Whether it is a TorchScript archive: a module with its code, which is never read. */
  readonly scripted: boolean;
}

const ZIP = 0x04034b50;
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
/** A pickle takes a few hundred bytes a tensor; the numbers lie outside of it. */
const MAX_PICKLE_BYTES = 2 ** 26;

/**
 * Reads the structure of a file of torch.save or torch.jit.save. Nothing in it is executed: what it wants to make stays
 * inert.
 * @throws Error when it is damaged, of another form, or beyond the limits
 */
export async function readTorchFile(source: ByteSource): Promise<TorchFile> {
  const start = await source.read(0, Math.min(4, source.size));
  if (start.length === 4 && start.readUInt32LE(0) === ZIP) return fromZip(source);
  return fromStream(source);
}

async function fromZip(source: ByteSource): Promise<TorchFile> {
  const entries = await zipEntries(source);
  const pickle = [...entries.values()].find(({ name }) => name.endsWith('/data.pkl'));
  if (pickle === undefined) throw new Error('it is a zip archive without data.pkl');
  const prefix = pickle.name.slice(0, -'data.pkl'.length);
  const content = async (entry: ZipEntry) => {
    if (entry.bytes > MAX_PICKLE_BYTES)
      throw new Error(`its entry ${JSON.stringify(entry.name)} has ${entry.bytes} bytes`);
    return source.read(await contentOffset(source, entry), entry.bytes);
  };
  const order = entries.get(`${prefix}byteorder`);
  if (order !== undefined && (await content(order)).toString('utf8').trim() !== 'little')
    throw new Error('its numbers are big-endian');
  return {
    form: 'zip',
    scripted: entries.has(`${prefix}constants.pkl`),
    root: readPickle(await content(pickle)).value,
    storage: async key => {
      const entry = entries.get(`${prefix}data/${key}`);
      if (entry === undefined) return undefined;
      return { offset: await contentOffset(source, entry), bytes: entry.bytes };
    },
  };
}

async function fromStream(source: ByteSource): Promise<TorchFile> {
  const bytes = await source.read(0, Math.min(source.size, MAX_PICKLE_BYTES));
  const magic = readPickle(bytes);
  if (magic.value !== LEGACY_MAGIC) throw new Error('it is a pickle of something else');
  const protocol = readPickle(bytes, magic.end);
  if (protocol.value !== LEGACY_PROTOCOL) throw new Error(`its protocol is ${String(protocol.value)}`);
  const system = readPickle(bytes, protocol.end);
  const main = readPickle(bytes, system.end);
  const keys = readPickle(bytes, main.end);
  const sizes = storageSizes(main.value);
  const places = new Map<string, StoragePlace>();
  let at = keys.end;
  for (const key of Array.isArray(keys.value) ? keys.value.map(String) : []) {
    const count = Number((await source.read(at, 8)).readBigInt64LE(0));
    const length = count * (sizes.get(key) ?? Number.NaN);
    at += 8;
    if (!(length >= 0 && at + length <= source.size))
      throw new Error(`its storage ${JSON.stringify(key)} is cut off`);
    places.set(key, { offset: at, bytes: length });
    at += length;
  }
  return { form: 'stream', scripted: false, root: main.value, storage: async key => places.get(key) };
}

/** Bytes per number of every storage that a pickle refers to, by key. */
function storageSizes(root: unknown): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  const seen = new Set<unknown>();
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    // One by one: a list may be longer than a call has room for arguments.
    if (value instanceof Map) for (const [key, each] of value) waiting.push(key, each);
    else if (Array.isArray(value)) for (const each of value) waiting.push(each);
    else if ((value as Partial<PersistentId>).kind === 'persistent') {
      const { id } = value as PersistentId;
      const size = Array.isArray(id) ? storageType(id[1])?.bytes : undefined;
      if (size !== undefined) sizes.set(String((id as unknown[])[2]), size);
    } else if ((value as Partial<PickleObject>).kind === 'object') {
      const { args, state } = value as PickleObject;
      waiting.push(args, state);
    }
  }
  return sizes;
}

/** The name of a class or function in a pickle; '' for anything else. */
export const globalName = (value: unknown): string =>
  (value as Partial<PickleGlobal> | null | undefined)?.kind === 'global' ? (value as PickleGlobal).name : '';
