import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeError } from '../../../files/disk/file-error';
import { openRegularFile } from '../../../files/disk/open-regular';
import { CoopError } from '../../../shared/errors';
import { unfinishedBlob } from './cached-repository';
import { type HubClient, Unanswered, unreachable } from './hub-client';
import type { HubFile } from './repository';

export interface BlobDownload {
  readonly client: HubClient;
  readonly id: string;
  readonly file: HubFile;
  readonly url: URL;
  /** Where it shall lie; beside it is what an earlier try left. */
  readonly target: string;
  readonly signal: AbortSignal | undefined;
  /** How many of its bytes are here. */
  readonly onBytes: (bytes: number) => void;
}

/** After tries that brought nothing, in milliseconds; a connection that breaks now and then is taken up again for ever. */
const WAITS_MS = [500, 1000, 2000, 4000, 8000];
const CHUNK_BYTES = 1 << 20;

/**
 * Downloads one file, from where an earlier try stopped, and takes it only with the hash it has on the hub.
 * @throws CoopError `disk.full`, `file.access`, `file.corrupt` after a second try, and as `HubClient.get`; the signal's
 * reason. What is here is kept.
 */
export async function downloadBlob(blob: BlobDownload): Promise<void> {
  const incomplete = unfinishedBlob(blob.target);
  try {
    for (let tries = 1; ; tries += 1) {
      await receive(blob, incomplete);
      if ((await etagOf(incomplete, blob)) === blob.file.etag) break;
      await rm(incomplete);
      blob.onBytes(0);
      if (tries > 1) throw changed(blob);
    }
    await rename(incomplete, blob.target);
  } catch (thrown) {
    blob.signal?.throwIfAborted();
    throw writeError(thrown, incomplete);
  }
}

async function receive(blob: BlobDownload, incomplete: string): Promise<void> {
  const { file, signal } = blob;
  const handle = await openRegularFile(incomplete, {
    flags: constants.O_RDWR | constants.O_CREAT,
    links: 'refuse',
  });
  try {
    let have = (await handle.stat()).size;
    for (let fruitless = 0; have !== file.bytes; ) {
      const before = have;
      const broken = await receiveFrom(blob, handle, have);
      have = (await handle.stat()).size;
      if (have === file.bytes) break;
      fruitless = have > before ? 0 : fruitless + 1;
      const wait = WAITS_MS[fruitless];
      if (wait === undefined)
        throw unreachable(broken ?? new Error('the connection broke'), blob.url, blob.id);
      await sleep(wait, undefined, { signal });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Appends what comes. @returns what broke the connection, if anything did, with its host */
async function receiveFrom(blob: BlobDownload, handle: FileHandle, have: number): Promise<unknown> {
  const { client, file, url, signal } = blob;
  const rest = have > 0 && have < file.bytes;
  const response = await client.get(url, {
    signal,
    patient: true,
    headers: { 'accept-encoding': 'identity', ...(rest ? { range: `bytes=${have}-` } : {}) },
  });
  // Hosts may give the whole file, and refuse a range; other bytes than asked for are of no use.
  let at = rest && response.headers.get('content-range')?.startsWith(`bytes ${have}-`) === true ? have : 0;
  if (at !== have) await handle.truncate(at);
  if (response.status === 416) {
    await response.body?.cancel();
    return undefined;
  }
  const body = response.body?.[Symbol.asyncIterator]();
  for (;;) {
    let part: Uint8Array;
    try {
      const next = await body?.next();
      if (next === undefined || next.done === true) return undefined;
      part = next.value as Uint8Array;
    } catch (thrown) {
      signal?.throwIfAborted();
      return new Unanswered(new URL(response.url), thrown);
    }
    if (at + part.length > file.bytes) {
      await response.body?.cancel().catch(() => undefined);
      await handle.truncate(0);
      throw changed(blob);
    }
    await writeAt(handle, part, at);
    at += part.length;
    blob.onBytes(at);
  }
}

/** A disk that is nearly full takes a part of what it is given. */
async function writeAt(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

/** sha256 of its bytes, or git's sha1 of it as an object, whichever its name is. */
async function etagOf(path: string, { file, signal }: BlobDownload): Promise<string> {
  const isSha256 = file.etag.length === 64;
  const hash = createHash(isSha256 ? 'sha256' : 'sha1');
  if (!isSha256) hash.update(`blob ${file.bytes}\0`);
  for await (const part of createReadStream(path, { highWaterMark: CHUNK_BYTES, signal })) hash.update(part);
  return hash.digest('hex');
}

function changed({ file, id, url }: BlobDownload): CoopError {
  return new CoopError(
    'file.corrupt',
    `${file.name} of “${id}”, as ${url.host} sends it, is not the file that the hub describes (its hash or length differs). It was thrown away.`,
    { subject: id, next: 'Try again later; if a mirror or proxy is in between, try without it.' },
  );
}
