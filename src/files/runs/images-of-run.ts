import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { parsePrompts } from '../../shared/template/parse-prompts';
import { readTextFile } from '../disk/read-text-file';
import { folderOf, projectOf } from './run-place';

/**
 * The folder that the pictures of a run's report are read from: the one of the report where it lies within the images of
 * the document, as the document says now; else those images themselves. A report is data that may come from anyone, and
 * its pictures go into pages that are sent around; so it names no folder of its own.
 * @param document as it lies now; without it, or without images in it, the project's folder is the fence
 * @param stored `imagesFolder` of the report
 */
export async function imagesOfRun(directory: string, document: string, stored: string): Promise<string> {
  const fence = (await documentImages(document)) ?? projectOf(directory);
  const named = folderOf(directory, stored);
  const [real, realFence] = await Promise.all([named, fence].map(each => realpath(each).catch(() => null)));
  return real != null && realFence != null && isWithin(realFence, real) ? named : fence;
}

async function documentImages(document: string): Promise<string | null> {
  const text = await readTextFile(document, 'template.syntax').catch(() => null);
  const images = text === null ? null : parsePrompts(text).directives.images;
  if (images === null) return null;
  const root = path.resolve(path.dirname(document), images);
  const facts = await stat(root).catch(() => null);
  // A list of images: its paths start at its folder.
  return facts?.isFile() === true ? path.dirname(root) : root;
}

function isWithin(folder: string, inner: string): boolean {
  const relative = path.relative(folder, inner);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
