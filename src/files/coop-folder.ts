import path from 'node:path';
import { CoopError } from '../shared/errors';
import { isName } from '../shared/template/name-syntax';

/**
 * Where things lie in `.coop` beside a document: `runs` (kept out of git), `contexts` (meant for git), `exports`. The one
 * place that knows; parts are given as a list too, for file systems that are reached by URI.
 */
export type CoopPart = 'runs' | 'contexts' | 'exports';

export const COOP_FOLDER = '.coop';
export const CONTEXT_ENDING = '.safetensors';

/** The parts of the path from a document's folder. */
export function coopPath(part: CoopPart): readonly [string, CoopPart] {
  return [COOP_FOLDER, part];
}

export function coopFolder(documentFolder: string, part: CoopPart): string {
  return path.join(documentFolder, ...coopPath(part));
}

/**
 * The file of a context beside a document.
 * @throws CoopError `context.missing` for a name that is no file name
 */
export function contextFile(documentFolder: string, name: string): string {
  if (isName(name)) return path.join(coopFolder(documentFolder, 'contexts'), name + CONTEXT_ENDING);
  throw new CoopError('context.missing', `“${name}” is no name of a context.`, {
    subject: name,
    next: 'Learn it and apply it, or correct the name.',
  });
}

/** The `.coop` that a run lies in; null where it lies elsewhere. */
export function coopFolderOfRun(directory: string): string | null {
  const runs = path.dirname(path.resolve(directory));
  const coop = path.dirname(runs);
  return path.basename(runs) === 'runs' && path.basename(coop) === COOP_FOLDER ? coop : null;
}
