import { CoopError } from '../../shared/errors';

/** The system's code of a failed file operation (`ENOENT`, …), or undefined for any other throw. */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code } = thrown as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
}

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'the operating system does not permit it',
  EROFS: 'it lies on a read-only file system',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long for this file system',
  ELOOP: 'it is a symbolic link that leads back to itself',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EBUSY: 'another program holds it',
  EIO: 'the disk reports an input/output error',
};

/** True for a failed reading of what is not there, as the system threw it or as `readError` tells it. */
export function isMissing(thrown: unknown): boolean {
  const code = systemCode(thrown instanceof CoopError ? thrown.cause : thrown);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The cause in words: the end of a sentence "… cannot be read: CAUSE". */
export function causeInWords(thrown: unknown): string {
  const code = systemCode(thrown);
  const known = code === undefined ? undefined : CAUSES[code];
  if (known !== undefined) return known;
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * The error a user meets when a file cannot be written: `disk.full` when space or quota is used up, else `file.access`.
 * A CoopError comes back as it is.
 */
export function writeError(thrown: unknown, path: string): CoopError {
  if (thrown instanceof CoopError) return thrown;
  const code = systemCode(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const full = code === 'ENOSPC' ? 'the disk is full' : 'the disk quota is used up';
    return new CoopError('disk.full', `${path} cannot be written: ${full}.`, {
      subject: path,
      next: 'Free some space and try again; what was written before is unharmed.',
      cause: thrown,
    });
  }
  const missing = code === 'ENOENT';
  const cause = missing ? 'its folder does not exist' : causeInWords(thrown);
  return new CoopError('file.access', `${path} cannot be written: ${cause}.`, {
    subject: path,
    next: missing
      ? 'Create the folder and try again.'
      : 'Make the file and its folder writable, or choose another place.',
    cause: thrown,
  });
}

/** The error a user meets when a file cannot be read: always `file.access`. A CoopError comes back as it is. */
export function readError(thrown: unknown, path: string): CoopError {
  if (thrown instanceof CoopError) return thrown;
  return new CoopError('file.access', `${path} cannot be read: ${causeInWords(thrown)}.`, {
    subject: path,
    next: systemCode(thrown) === 'ENOENT' ? 'Check the path.' : 'Make the file readable and try again.',
    cause: thrown,
  });
}
