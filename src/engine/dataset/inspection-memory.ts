import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { cacheFolder } from '../../files/disk/cache-folder';
import { openRegularFile } from '../../files/disk/open-regular';
import { readTextFile } from '../../files/disk/read-text-file';
import { INSPECTION_VERSION, type Inspected } from '../images/inspect-file';

/** What was found in the files of one data set before, so that a second scan reads only what changed. */
export interface InspectionMemory {
  /** Of a file whose size, times and inode are as before. */
  get(file: string, facts: BigIntStats): Inspected | undefined;
  put(file: string, facts: BigIntStats, found: Inspected): void;
  /** Keeps what was asked for or put; with `all`, also what was not asked for. A folder that cannot be written is no error. */
  save(all: boolean): Promise<void>;
}

interface Line {
  readonly stamp: string;
  readonly found: Inspected;
  used: boolean;
}

/** A file changed this shortly before it was read may change again within the same tick of the file system's clock. */
const SETTLED_NANOSECONDS = 2_000_000_000n;
const MAX_DATA_SETS = 100;
const OWN = /^[0-9a-f]{32}\.jsonl$/;
const OURS = '{"coop":"scan",';
const HEAD = JSON.stringify({ coop: 'scan', version: INSPECTION_VERSION });

/** @param root absolute path of the data set; `folder` null keeps nothing */
export async function openInspectionMemory(
  root: string,
  folder: string | null = path.join(cacheFolder(), 'scans'),
): Promise<InspectionMemory> {
  const own = `${createHash('sha256').update(root).digest('hex').slice(0, 32)}.jsonl`;
  const lines = folder === null ? new Map<string, Line>() : await readLines(path.join(folder, own));
  let changed = false;
  return {
    get(file, facts) {
      const line = lines.get(file);
      if (line === undefined) return undefined;
      if (line.stamp !== stampOf(facts)) {
        lines.delete(file);
        changed = true;
        return undefined;
      }
      line.used = true;
      return line.found;
    },
    put(file, facts, found) {
      const settled = BigInt(Date.now()) * 1_000_000n - SETTLED_NANOSECONDS;
      const lasting = !('problem' in found) || found.problem.reason !== 'unreadable';
      if (!lasting || facts.mtimeNs > settled || facts.ctimeNs > settled) return;
      lines.set(file, { stamp: stampOf(facts), found, used: true });
      changed = true;
    },
    async save(all) {
      if (folder === null) return;
      const kept = [...lines].filter(([, { used }]) => all || used);
      if (!changed && kept.length === lines.size) return;
      const text = kept.map(([file, { stamp, found }]) => JSON.stringify([file, stamp, found]));
      try {
        await mkdir(folder, { recursive: true });
        await writeFileAtomic(path.join(folder, own), `${[HEAD, ...text].join('\n')}\n`);
        await dropOldest(folder);
      } catch {
        // The next scan is slower; nothing else.
      }
    },
  };
}

function stampOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
}

async function readLines(file: string): Promise<Map<string, Line>> {
  const lines = new Map<string, Line>();
  let text: string;
  try {
    text = await readTextFile(file, 'file.corrupt');
  } catch {
    return lines;
  }
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined);
  const [head, ...rest] = text.split('\n');
  if (head !== HEAD) return lines;
  for (const line of rest) {
    const [name, stamp, found] = parsed(line);
    if (typeof name === 'string' && typeof stamp === 'string' && isInspected(found))
      lines.set(name, { stamp, found, used: false });
  }
  return lines;
}

function parsed(line: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function isInspected(value: unknown): value is Inspected {
  if (typeof value !== 'object' || value === null) return false;
  if ('hash' in value && 'rotated' in value)
    return (
      typeof value.hash === 'string' &&
      /^[0-9a-f]{64}$/.test(value.hash) &&
      typeof value.rotated === 'boolean'
    );
  if (!('problem' in value) || typeof value.problem !== 'object' || value.problem === null) return false;
  const { problem } = value;
  return (
    'reason' in problem &&
    typeof problem.reason === 'string' &&
    ['empty', 'unsupported', 'broken', 'too-large'].includes(problem.reason) &&
    'detail' in problem &&
    typeof problem.detail === 'string'
  );
}

/** A file of this memory, of whatever version, says so in its first bytes. */
async function isOurs(file: string): Promise<boolean> {
  const handle = await openRegularFile(file, { links: 'refuse' });
  try {
    const { buffer } = await handle.read(Buffer.alloc(OURS.length), 0, OURS.length, 0);
    return buffer.toString() === OURS;
  } finally {
    await handle.close();
  }
}

async function dropOldest(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter(entry => entry.isFile() && OWN.test(entry.name)).map(({ name }) => name);
  if (names.length <= MAX_DATA_SETS) return;
  const dated = await Promise.all(
    names.map(async name => ({ name, mtimeMs: (await stat(path.join(folder, name))).mtimeMs })),
  );
  dated.sort((a, b) => a.mtimeMs - b.mtimeMs);
  for (const { name } of dated.slice(0, dated.length - MAX_DATA_SETS))
    if (await isOurs(path.join(folder, name))) await rm(path.join(folder, name));
}
