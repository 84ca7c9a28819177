import type { Dir } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileProblem } from '../../shared/scan';
import { causeInWords, systemCode } from '../io/file-error';

/** Endings that are tried; everything else in a folder of images is passed over in silence. */
const ENDINGS = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|heic|heif|avif|jxl|jp2|psd|svg)$/i;
const IGNORED = new Set(['thumbs.db', 'desktop.ini', '__macosx', 'node_modules']);
/** No image collection nests this deep; a loop the link check misses ends here. */
const MAX_DEPTH = 32;

export interface FoundFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

/**
 * All image files below a folder, in no particular order. Links are followed; one that leads back into a folder on its
 * own path is reported, not followed.
 */
export async function* imageFiles(
  root: string,
  folder: string,
  problems: FileProblem[],
): AsyncGenerator<FoundFile> {
  yield* walk(root, folder, [await realpath(path.join(root, folder))], problems);
}

async function* walk(
  root: string,
  folder: string,
  above: readonly string[],
  problems: FileProblem[],
): AsyncGenerator<FoundFile> {
  let entries: Dir;
  try {
    entries = await opendir(path.join(root, folder));
  } catch (thrown) {
    problems.push({ path: folder, reason: 'unreadable', detail: causeInWords(thrown) });
    return;
  }
  for await (const entry of entries) {
    if (entry.name.startsWith('.') || IGNORED.has(entry.name.toLowerCase())) continue;
    const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
    try {
      const facts = await stat(path.join(root, relative));
      if (facts.isDirectory()) {
        const real = await realpath(path.join(root, relative));
        if (above.includes(real) || above.length > MAX_DEPTH)
          problems.push({
            path: relative,
            reason: 'symlink-loop',
            detail: 'the link leads back to a folder above it',
          });
        else yield* walk(root, relative, [...above, real], problems);
      } else if (facts.isFile() && ENDINGS.test(entry.name)) {
        yield { path: relative, bytes: facts.size, mtimeMs: facts.mtimeMs };
      }
    } catch (thrown) {
      const loop = systemCode(thrown) === 'ELOOP';
      const missing = systemCode(thrown) === 'ENOENT';
      if (!loop && !ENDINGS.test(entry.name)) continue;
      problems.push({
        path: relative,
        reason: loop ? 'symlink-loop' : missing ? 'missing' : 'unreadable',
        detail: missing ? 'the link leads nowhere' : causeInWords(thrown),
      });
    }
  }
}
