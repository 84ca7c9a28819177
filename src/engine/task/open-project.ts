import path from 'node:path';
import { readTextFile } from '../../files/disk/read-text-file';
import type { Precision } from '../../shared/contracts/precision';
import type { DocumentParams } from '../../shared/contracts/protocol';
import { CoopError } from '../../shared/errors';
import { parsePrompts } from '../../shared/template/parse-prompts';
import type { PromptsDocument } from '../../shared/template/syntax';
import { resolveModel } from '../models/hub/resolve-model';

/** A `.prompts` document with what its directives point at. */
export interface Project {
  readonly path: string;
  /** Folder of the document: relative paths start here, and `.coop` lies here. */
  readonly folder: string;
  readonly text: string;
  readonly document: PromptsDocument;
  /** How the model's weights are held; default: as the shelf says. */
  readonly precision?: Precision;
}

export function openProject({ path: file, text }: DocumentParams): Project {
  const absolute = path.resolve(file);
  return { path: absolute, folder: path.dirname(absolute), text, document: parsePrompts(text) };
}

/** @throws CoopError `file.access`, `file.limit`, `template.syntax` when the file is not UTF-8 text */
export async function readProject(file: string): Promise<Project> {
  return openProject({ path: file, text: await readTextFile(path.resolve(file), 'template.syntax') });
}

/**
 * Absolute path of the image folder or manifest.
 * @throws CoopError `images.folder` when the document names none
 */
export function imagesPath(project: Project): string {
  const { images } = project.document.directives;
  if (images === null) {
    throw new CoopError('images.folder', `${path.basename(project.path)} names no image folder.`, {
      subject: project.path,
      next: 'Add a line such as “@images ./images” before the first template: a folder with one sub-folder of images per class.',
    });
  }
  return path.resolve(project.folder, images);
}

/** @throws CoopError `model.missing` */
export function modelFolder(project: Project): string {
  return resolveModel(project.document.directives.model, project.folder);
}

/**
 * Absolute paths of the folders that a document's prompts are tried on besides its own.
 * @param asked relative to the working folder; default: the document's `@targets`
 */
export function targetFolders({ folder, document }: Project, asked?: readonly string[]): string[] {
  if (asked !== undefined) return asked.map(each => path.resolve(each));
  return document.directives.targets.map(each => path.resolve(folder, each));
}
