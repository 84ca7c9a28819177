import { CoopError, type ErrorCode } from '../../shared/errors';
import { readBoundedFile } from './read-bounded-file';

/** No list, manifest or split file of a real data set comes near this. */
export const MAX_TEXT_BYTES = 256 * 2 ** 20;

/**
 * Reads a UTF-8 text file, without its byte order mark.
 * @param malformed the code of the error for bytes that are not UTF-8
 * @throws CoopError `file.access`; `file.limit` above `maxBytes`; `malformed`
 */
export async function readTextFile(
  path: string,
  malformed: ErrorCode,
  maxBytes: number = MAX_TEXT_BYTES,
): Promise<string> {
  const bytes = await readBoundedFile(path, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    const encoding = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    throw new CoopError(malformed, `${path} is ${encoding ? 'UTF-16' : 'not UTF-8'} text.`, {
      subject: path,
      next: 'Save it as UTF-8 (in a spreadsheet: “CSV UTF-8”).',
      cause: thrown,
    });
  }
}
