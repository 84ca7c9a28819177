import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { CoopError } from '../../shared/errors';
import { coopFolderOfRun } from '../coop-folder';
import { readError } from '../disk/file-error';

/**
 * Paths in a run's files are relative to its `.coop`, so that a project can be copied and moved; version 0.1 wrote
 * absolute ones. Whoever wrote them, they mean nothing outside the project that the run lies in now.
 */

/** The folder of the run's document; the run's own directory where that lies in no `.coop`. */
export function projectOf(directory: string): string {
  const coop = coopFolderOfRun(directory);
  return coop === null ? path.resolve(directory) : path.dirname(coop);
}

/** How the document is written down: relative to `.coop`, with `/` on every system. */
export function storedDocument(file: string): string {
  return `../${path.basename(file)}`;
}

/**
 * The absolute path of the document that a run was started from, as it lies now. A document lies beside its `.coop`, so
 * an absolute path of version 0.1 that points elsewhere (the project was copied or moved) means the file of that name.
 * @throws CoopError `run.corrupt` when a relative path leaves the project
 */
export function documentOf(directory: string, stored: string): string {
  const project = projectOf(directory);
  const coop = coopFolderOfRun(directory);
  const beside = path.join(project, lastPart(stored));
  if (coop === null) return beside;
  if (isAbsolute(stored)) return isInside(project, stored) ? path.resolve(stored) : beside;
  const found = path.resolve(coop, stored);
  if (isInside(project, found)) return found;
  throw new CoopError('run.corrupt', `The run in ${directory} names a document outside its project.`, {
    subject: directory,
    next: 'Delete the run’s folder; it was not written by CoOp.',
  });
}

/**
 * Before a run's document is changed: what is inside the project by name may still be a link out of it.
 * @throws CoopError `file.access`
 */
export async function refuseOutside(directory: string, document: string): Promise<void> {
  let inside: boolean;
  try {
    inside = isInside(await realpath(projectOf(directory)), await realpath(document));
  } catch (thrown) {
    throw readError(thrown, document);
  }
  if (inside) return;
  throw new CoopError('file.access', `${document} is a link out of its project, and is not changed.`, {
    subject: document,
    next: 'Put the document itself in the place of the link.',
  });
}

/** A folder that may lie anywhere, such as a document's images: relative when it is inside the run's project. */
export function storedFolder(directory: string, folder: string): string {
  const coop = coopFolderOfRun(directory);
  if (coop === null || !isInside(projectOf(directory), folder)) return folder;
  return path.relative(coop, folder).split(path.sep).join('/');
}

export function folderOf(directory: string, stored: string): string {
  return isAbsolute(stored) ? stored : path.resolve(coopFolderOfRun(directory) ?? directory, stored);
}

/** True for the folder itself and what lies in it. */
function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, path.resolve(file));
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** Also as another system writes it: runs travel between machines. */
function isAbsolute(stored: string): boolean {
  return path.posix.isAbsolute(stored) || path.win32.isAbsolute(stored);
}

/** `..` names no file, and neither does a path that ends in a separator. */
function lastPart(stored: string): string {
  const last = stored.split(/[\\/]/).at(-1) ?? '';
  return last === '' || last === '.' || last === '..' ? 'document.prompts' : last;
}
