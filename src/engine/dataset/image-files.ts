import type { Dir, Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { causeInWords, systemCode } from '../../files/disk/file-error';
import type { FileProblem } from '../../shared/contracts/scan';
import { CoopError } from '../../shared/errors';

/** Files that operating systems and archives leave behind; hidden ones, `.coop` among them, are passed over too. */
const IGNORED = new Set(['thumbs.db', 'desktop.ini', '__macosx', 'node_modules', '$recycle.bin']);
/** No image collection nests this deep; a loop the link check misses ends here. */
const MAX_DEPTH = 64;
const ENTRIES_AT_ONCE = 256;

/** One walk over a data set: where its problems go, and when it stops. */
export interface Walk {
  readonly problems: FileProblem[];
  /** Files and folders that may still be met. */
  left: number;
  readonly signal?: AbortSignal | undefined;
}

export function isIgnored(name: string): boolean {
  return name.startsWith('.') || IGNORED.has(name.toLowerCase());
}

/**
 * Paths (relative to `root`, forward slashes) of all files below a folder, in no particular order, read entry by entry.
 * Links are followed; one that leads back into a folder on its own path is reported, not followed.
 * @throws CoopError `file.limit`; the signal's reason
 */
export async function* filesBelow(root: string, folder: string, walk: Walk): AsyncGenerator<string> {
  const real = await realpath(path.join(root, folder));
  const realRoot = await realpath(root);
  yield* below(root, folder, folder === '' ? [real] : [realRoot, real], walk);
}

async function* below(
  root: string,
  folder: string,
  above: readonly string[],
  walk: Walk,
): AsyncGenerator<string> {
  let entries: Dir;
  try {
    entries = await opendir(path.join(root, folder), { bufferSize: ENTRIES_AT_ONCE });
  } catch (thrown) {
    walk.problems.push({ path: folder, reason: 'unreadable', detail: causeInWords(thrown) });
    return;
  }
  for await (const entry of entries) {
    count(walk, root);
    if (isIgnored(entry.name)) continue;
    const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const kind = await kindOf(root, relative, entry, walk.problems);
    if (kind === 'file') yield relative;
    if (kind !== 'folder') continue;
    const real = entry.isSymbolicLink()
      ? await realpath(path.join(root, relative))
      : path.join(above[above.length - 1]!, entry.name);
    if (above.includes(real)) {
      const detail = 'the link leads back to a folder above it';
      walk.problems.push({ path: relative, reason: 'symlink-loop', detail });
    } else if (above.length >= MAX_DEPTH) {
      const detail = `folders nest deeper than ${MAX_DEPTH} levels`;
      walk.problems.push({ path: relative, reason: 'unreadable', detail });
    } else yield* below(root, relative, [...above, real], walk);
  }
}

function count(walk: Walk, root: string): void {
  walk.signal?.throwIfAborted();
  walk.left -= 1;
  if (walk.left >= 0) return;
  throw new CoopError('file.limit', `${root} holds more files than a scan takes.`, {
    subject: root,
    next: 'Choose the folder of the images themselves, or give a list of files (CSV or JSONL).',
  });
}

async function kindOf(
  root: string,
  relative: string,
  entry: Dirent,
  problems: FileProblem[],
): Promise<'file' | 'folder' | 'other'> {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return 'other';
  try {
    const facts = await stat(path.join(root, relative));
    return facts.isFile() ? 'file' : facts.isDirectory() ? 'folder' : 'other';
  } catch (thrown) {
    problems.push({ path: relative, ...linkProblem(thrown) });
    return 'other';
  }
}

/** Why a file that is named or linked to is not there. */
export function linkProblem(thrown: unknown): Pick<FileProblem, 'reason' | 'detail'> {
  const code = systemCode(thrown);
  if (code === 'ELOOP') return { reason: 'symlink-loop', detail: 'the link leads back to itself' };
  if (code === 'ENOENT' || code === 'ENOTDIR') return { reason: 'missing', detail: 'the link leads nowhere' };
  return { reason: 'unreadable', detail: causeInWords(thrown) };
}
