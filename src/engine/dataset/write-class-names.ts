import type { WrittenNames } from '../../shared/contracts/scan';
import { CoopError } from '../../shared/errors';
import { classesText } from './classes';
import type { Scan } from './scan';
import { writeNewFile } from './write-new-file';

/**
 * Writes a classes file with every class of a scan, and the names it proposes in place of vague ones, for a person to
 * read through and put after `@classes`. A file that is there is never replaced.
 * @throws CoopError `classes.none` for images without classes; `file.access`, also for a file that is there; `disk.full`
 */
export async function writeClassNames(scan: Scan, file: string): Promise<WrittenNames> {
  const { classes, vagueNames, columns, folder } = scan;
  if (classes.length === 0)
    throw new CoopError('classes.none', `${folder} has images, but no classes that could be named.`, {
      subject: folder,
      next: 'Put the images of each class into a sub-folder named after it.',
    });
  const proposals = new Map(vagueNames.map(({ folder: of, probably }) => [of, probably]));
  const names = classes.map(({ folder: of, name }) => proposals.get(of) ?? name);
  const folders = classes.map(({ folder: of }) => of);
  await writeNewFile(file, classesText(folders, { names, columns }));
  const proposed = vagueNames.filter(({ probably }) => probably !== undefined).length;
  return { file, classes: classes.length, proposed, vague: vagueNames.length - proposed };
}
