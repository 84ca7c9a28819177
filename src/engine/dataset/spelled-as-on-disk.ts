import { lstat } from 'node:fs/promises';
import path from 'node:path';
import type { Candidate } from './scan';

/**
 * Candidates whose paths were written elsewhere get the spelling of the disk: a list made on Linux composes its
 * letters (NFC), macOS's disks and archives decompose them (NFD), and other disks take the two for different names.
 */
export async function spelledAsOnDisk(
  root: string,
  candidates: readonly Candidate[],
): Promise<readonly Candidate[]> {
  const known = new Map<string, string | null>([['', '']]);
  const spelled: Candidate[] = [];
  for (const candidate of candidates) {
    const { path: file } = candidate;
    const found = isAscii(file) ? file : ((await onDisk(root, file, known)) ?? file);
    spelled.push(found === file ? candidate : { ...candidate, path: found });
  }
  return spelled;
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

/** Null for a file that is there in no form. `known` keeps what was found of each folder. */
async function onDisk(root: string, file: string, known: Map<string, string | null>): Promise<string | null> {
  const before = known.get(file);
  if (before !== undefined) return before;
  const parent = path.posix.dirname(file);
  const name = path.posix.basename(file);
  const folder = parent === '.' ? '' : await onDisk(root, parent, known);
  let found: string | null = null;
  if (folder !== null) {
    for (const form of new Set([name, name.normalize('NFC'), name.normalize('NFD')])) {
      const place = folder === '' ? form : `${folder}/${form}`;
      if (!(await exists(path.join(root, place)))) continue;
      found = place;
      break;
    }
  }
  known.set(file, found);
  return found;
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
