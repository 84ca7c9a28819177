import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileProblem } from '../../shared/scan';
import { causeInWords } from '../io/file-error';
import { exifOrientation } from './images/exif-orientation';
import { isDecoded, sniffFormat } from './images/sniff-format';

export type Inspected =
  | { readonly hash: string; readonly rotated: boolean }
  | { readonly problem: Pick<FileProblem, 'reason' | 'detail'> };

/** Far above any photo; a file larger than this is no image that anyone classifies. */
export const MAX_FILE_BYTES = 512 * 2 ** 20;
const CHUNK = 1 << 20;
const EXIF_MARK = Buffer.from('Exif\0\0', 'latin1');
/** EXIF stands in one of the first segments, each at most 64 kB. */
const EXIF_WITHIN = 1 << 17;

/** Reads a file once: its sha256, whether its head is that of an image, whether it is stored rotated. */
export async function inspectFile(file: string, bytes: number): Promise<Inspected> {
  if (bytes === 0) return { problem: { reason: 'empty', detail: 'the file is empty' } };
  if (bytes > MAX_FILE_BYTES)
    return { problem: { reason: 'too-large', detail: `the file has ${Math.round(bytes / 2 ** 20)} MB` } };
  const hash = createHash('sha256');
  let head: Buffer | undefined;
  try {
    const handle = await open(file, 'r');
    try {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, bytes));
      for (;;) {
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
        if (bytesRead === 0) break;
        head ??= Buffer.from(chunk.subarray(0, Math.min(bytesRead, EXIF_WITHIN)));
        hash.update(chunk.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    return { problem: { reason: 'unreadable', detail: causeInWords(thrown) } };
  }
  const format = head === undefined ? undefined : sniffFormat(head);
  if (head === undefined || format === undefined)
    return { problem: { reason: 'broken', detail: 'its content is no image' } };
  if (!isDecoded(format))
    return { problem: { reason: 'unsupported', detail: `${format} files are not read` } };
  const at = head.indexOf(EXIF_MARK);
  const rotated = format === 'jpeg' && at >= 0 && exifOrientation(head.subarray(at + EXIF_MARK.length)) !== 1;
  return { hash: hash.digest('hex'), rotated };
}
