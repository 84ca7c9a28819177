import type { Dirent } from 'node:fs';
import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { causeInWords, systemCode } from '../../files/disk/file-error';
import type { FileProblem } from '../../shared/contracts/scan';
import { CoopError } from '../../shared/errors';

/**
 * What operating systems, archives, network drives and tools leave behind, in lower case; hidden names, `.coop` and
 * AppleDouble files (`._0.png`) among them, are passed over too.
 */
const IGNORED = new Set([
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  'icon\r',
  '__macosx',
  'network trash folder',
  'temporary items',
  'lost+found',
  '$recycle.bin',
  'recycler',
  'recycled',
  'system volume information',
  'found.000',
  '@eadir',
  '#recycle',
  '#snapshot',
  '@recycle',
  '@recently-snapshot',
  'node_modules',
  '__pycache__',
]);
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

export interface Entry {
  readonly name: string;
  /** To the root, with forward slashes. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly isLink: boolean;
}

/**
 * What a folder holds, read entry by entry, in no particular order: files and folders that may belong to a data set,
 * links followed. What cannot be reached goes to the problems; pipes, devices and sockets are passed over.
 * @throws what opening the folder throws; CoopError `file.limit`; the signal's reason
 */
export async function* entriesOf(root: string, folder: string, walk: Walk): AsyncGenerator<Entry> {
  for await (const entry of await opendir(path.join(root, folder), { bufferSize: ENTRIES_AT_ONCE })) {
    count(walk, root);
    const { name } = entry;
    if (name.startsWith('.') || IGNORED.has(name.toLowerCase())) continue;
    const relative = folder === '' ? name : `${folder}/${name}`;
    if (await isMisread(path.join(root, relative))) {
      const detail = 'its name is not UTF-8 text; rename it to use it';
      walk.problems.push({ path: relative, reason: 'unreadable', detail });
      continue;
    }
    const kind = await kindOf(root, relative, entry, walk.problems);
    if (kind !== 'other') yield { name, path: relative, kind, isLink: entry.isSymbolicLink() };
  }
}

/** Bytes that are no UTF-8 come as U+FFFD, and a name with it is then not found. */
async function isMisread(file: string): Promise<boolean> {
  if (!path.basename(file).includes('\ufffd')) return false;
  return lstat(file).then(
    () => false,
    thrown => systemCode(thrown) === 'ENOENT',
  );
}

/**
 * Paths (relative to `root`, forward slashes) of all files below a folder, in no particular order. Links are followed;
 * one that leads back into a folder on its own path is reported, not followed.
 * @throws CoopError `file.limit`; the signal's reason
 */
export async function* filesBelow(root: string, folder: string, walk: Walk): AsyncGenerator<string> {
  let above: readonly string[];
  try {
    above = [...new Set([await realpath(root), await realpath(path.join(root, folder))])];
  } catch (thrown) {
    walk.problems.push({ path: folder, ...linkProblem(thrown) });
    return;
  }
  yield* below(root, folder, above, walk);
}

async function* below(
  root: string,
  folder: string,
  above: readonly string[],
  walk: Walk,
): AsyncGenerator<string> {
  for await (const entry of readable(root, folder, walk)) {
    if (entry.kind === 'file') {
      yield entry.path;
      continue;
    }
    const real = entry.isLink
      ? await realpath(path.join(root, entry.path))
      : path.join(above[above.length - 1]!, entry.name);
    if (above.includes(real)) {
      const detail = 'the link leads back to a folder above it';
      walk.problems.push({ path: entry.path, reason: 'symlink-loop', detail });
    } else if (above.length >= MAX_DEPTH) {
      const detail = `folders nest deeper than ${MAX_DEPTH} levels`;
      walk.problems.push({ path: entry.path, reason: 'unreadable', detail });
    } else yield* below(root, entry.path, [...above, real], walk);
  }
}

/** As `entriesOf`; a folder that cannot be read is a problem, and has no entries. */
async function* readable(root: string, folder: string, walk: Walk): AsyncGenerator<Entry> {
  try {
    yield* entriesOf(root, folder, walk);
  } catch (thrown) {
    if (thrown instanceof CoopError || walk.signal?.aborted === true) throw thrown;
    walk.problems.push({ path: folder, reason: 'unreadable', detail: causeInWords(thrown) });
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
