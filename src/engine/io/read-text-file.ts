import { open } from 'node:fs/promises';
import { CoopError, type ErrorCode } from '../../shared/errors';
import { readError } from './file-error';

/** No list, manifest or split file of a real data set comes near this. */
export const MAX_TEXT_BYTES = 256 * 2 ** 20;

/**
 * Reads a UTF-8 text file, without its byte order mark.
 * @param malformed the code of the error for bytes that are not UTF-8
 * @throws CoopError `file.access`; `file.limit` above MAX_TEXT_BYTES; `malformed`
 */
export async function readTextFile(path: string, malformed: ErrorCode): Promise<string> {
  let bytes: Uint8Array;
  try {
    const handle = await open(path, 'r');
    try {
      const facts = await handle.stat();
      if (facts.size > MAX_TEXT_BYTES) {
        throw new CoopError(
          'file.limit',
          `${path} is ${Math.round(facts.size / 2 ** 20)} MB large; the limit is ${MAX_TEXT_BYTES / 2 ** 20} MB.`,
          { subject: path, next: 'Check that this is the file you meant.' },
        );
      }
      bytes = await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw readError(thrown, path);
  }
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
