import type { ScanResult, SplitFacts } from '../contracts/scan';
import { count, counted } from '../format/count';
import { sameNameFolders } from '../format/same-name';

/** What a scan found that makes numbers mean less, or something else, than they seem to: in sentences. */
export function scanWarnings({ sameNames, split, splitMissing, classes }: ScanResult): string[] {
  return [
    ...sameNames.map(
      same =>
        `CLIP reads one name, “${same.name}”, in ${sameNameFolders(same)}: the first class always wins.`,
    ),
    ...(split === undefined ? [] : splitWarnings(split, classes.length)),
    ...(splitMissing === undefined
      ? []
      : [
          `${splitMissing} is not there: classes are the paper’s, parts and draws are not, and neither are the numbers. “coop datasets” says where to get it.`,
        ]),
  ];
}

/** What a split file and its folder do not have in common: in sentences. */
export function splitWarnings(split: SplitFacts, classes: number): string[] {
  const { file, images, unusable, missingClasses, unnamedFolders, unnamedImages } = split;
  const name = file.split(/[\\/]/).at(-1)!;
  const all = classes + missingClasses.length;
  const inFolders = unnamedFolders.reduce((sum, folder) => sum + folder.images, 0);
  const folders = unnamedFolders.slice(0, 3).map(({ folder }) => folder);
  const more = unnamedFolders.length > 3 ? ` and ${count(unnamedFolders.length - 3)} more` : '';
  return [
    ...(missingClasses.length === 0
      ? []
      : [
          `${count(missingClasses.length)} of the ${count(all)} classes in ${name} have no image here: this is a task of ${counted(classes, 'class', 'classes')}, whose numbers compare with no other.`,
        ]),
    ...(unusable === 0
      ? []
      : [`${count(unusable)} of the ${counted(images, 'image')} in ${name} are missing or cannot be used.`]),
    ...(unnamedFolders.length === 0
      ? []
      : [
          `${name} names nothing in ${counted(unnamedFolders.length, 'folder')} with ${counted(inFolders, 'image')} (${folders.join(', ')}${more}), left out.`,
        ]),
    ...(unnamedImages === 0
      ? []
      : [`${name} does not name ${counted(unnamedImages, 'image')} in folders of its classes, left out.`]),
  ];
}
