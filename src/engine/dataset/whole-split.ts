import path from 'node:path';
import type { ScanResult } from '../../shared/contracts/scan';
import { CoopError } from '../../shared/errors';
import { counted } from '../../shared/format/count';
import type { SplitDirective } from '../../shared/template/syntax';

/**
 * Demands every class and image that a split file names, unless the document goes on with a part of them: a task of fewer
 * classes or images gives other numbers than the split's.
 * @throws CoopError `split.invalid` with the counts
 */
export function requireWholeSplit({ split, folder, problems }: ScanResult, directive: SplitDirective): void {
  if (split === undefined || split.unusable === 0) return;
  if (directive.kind === 'coop' && directive.partial) return;
  const { file, images, unusable, missingClasses } = split;
  const named = missingClasses.slice(0, 3).map(({ name }) => `“${name}”`);
  const more = missingClasses.length > 3 ? ` and ${missingClasses.length - 3} more` : '';
  const classes =
    missingClasses.length === 0
      ? ''
      : ` ${counted(missingClasses.length, 'class has', 'classes have')} none at all: ${named.join(', ')}${more}.`;
  const [first] = problems;
  const example = first === undefined ? '' : ` (${first.path}: ${first.detail})`;
  throw new CoopError(
    'split.invalid',
    `${path.basename(file)} names ${counted(images, 'image')}, ${counted(unusable, 'of which is', 'of which are')} not usable in ${folder}${example}.${classes}`,
    {
      subject: file,
      next:
        directive.kind === 'coop'
          ? `Put them there, or write “@split coop ${directive.file} partial” to go on with what is there.`
          : 'Put them there; “coop datasets ROOT” says where to get them.',
    },
  );
}
