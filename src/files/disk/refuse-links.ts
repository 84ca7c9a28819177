import { lstat } from 'node:fs/promises';
import { CoopError } from '../../shared/errors';

/**
 * Before anything is read or written there: of files and folders in `.coop`, which may come from anyone, none may lead
 * elsewhere. What is not there is no link.
 * @throws CoopError `file.access` naming the link
 */
export async function refuseLinks(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const facts = await lstat(path).catch(() => null);
    if (facts?.isSymbolicLink()) throw linkError(path);
  }
}

export function linkError(path: string): CoopError {
  return new CoopError('file.access', `${path} is a symbolic link, and links are not followed here.`, {
    subject: path,
    next: 'Delete the link, or put what it leads to in its place.',
  });
}
