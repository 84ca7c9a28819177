import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemCode, writeError } from '../../files/disk/file-error';
import { CoopError } from '../../shared/errors';

/**
 * Writes a file that a person goes on with, so that it is never written over.
 * @throws CoopError `file.access`, also for a file that is there; `disk.full`
 */
export async function writeNewFile(file: string, text: string): Promise<void> {
  try {
    await writeFile(path.resolve(file), text, { flag: 'wx' });
  } catch (thrown) {
    if (systemCode(thrown) !== 'EEXIST') throw writeError(thrown, file);
    throw alreadyThere(file, thrown);
  }
}

export function alreadyThere(file: string, cause?: unknown): CoopError {
  return new CoopError('file.access', `${file} is there already; what someone wrote is not replaced.`, {
    subject: file,
    next: 'Choose another name, or delete the file first.',
    cause,
  });
}
