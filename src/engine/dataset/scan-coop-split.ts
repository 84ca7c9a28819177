import path from 'node:path';
import type { SplitFacts } from '../../shared/contracts/scan';
import { CoopError } from '../../shared/errors';
import { IMAGE_ENDING } from '../images/inspect-file';
import { assembleScan, firstProblem } from './assemble-scan';
import { promptName } from './classes';
import { type CoopSplit, readCoopSplit } from './coop-split';
import { filesBelow } from './image-files';
import { requireFolder } from './image-root';
import { byCodeUnits, MAX_ENTRIES, type Scan, type ScanOptions } from './scan';

/**
 * Scans the images that a split file of CoOp names, in its order and with its labels, names and parts; so a published
 * few-shot draw is met on folders of any layout, also where the folder itself names no classes (Pets, Flowers, Cars).
 * What the file and the folder do not have in common is counted (`split`); classes without a usable image are left out.
 * @param folder the folder its paths start at
 * @throws CoopError `images.folder`, `split.invalid`, `classes.invalid`, `file.access`, `file.limit`; the signal's reason
 */
export async function scanCoopSplit(file: string, folder: string, options: ScanOptions = {}): Promise<Scan> {
  const root = path.resolve(folder);
  await requireFolder(root);
  return scanSplit(await readCoopSplit(file, root), file, root, options);
}

/**
 * As `scanCoopSplit`, for entries that are read already.
 * @param file where they were read
 * @param root absolute
 */
export async function scanSplit(
  split: CoopSplit,
  file: string,
  root: string,
  options: ScanOptions,
): Promise<Scan> {
  const whole = await scanEntries(split, root, options);
  if (whole.images.length === 0)
    throw new CoopError(
      'split.invalid',
      `${file} names no image of ${root}${firstProblem(whole.problems)}.`,
      {
        subject: file,
        next: 'Its paths must start at the folder after @images.',
      },
    );
  const facts: SplitFacts = {
    file,
    images: split.entries.length,
    unusable: split.entries.length - whole.images.length,
    missingClasses: missingClasses(split, whole),
    ...(await unnamed(root, split, whole, options)),
  };
  return { ...withoutEmptyClasses(whole), split: facts };
}

function scanEntries({ classNames, entries }: CoopSplit, root: string, options: ScanOptions): Promise<Scan> {
  const folders = classFolders(classNames, entries);
  const classes = classNames.map((name, label) => ({ name: promptName(name), folder: folders[label]! }));
  const candidates = entries.map(({ path: image, label, part }) => ({
    path: image,
    folder: folders[label]!,
    part,
  }));
  return assembleScan({ root, layout: 'published', candidates, problems: [], classes }, options);
}

/** The folder that a class has to itself; else its name, with a number where two labels share one. */
function classFolders(names: readonly string[], entries: CoopSplit['entries']): string[] {
  const folders = names.map(() => new Set<string>());
  for (const { path: image, label } of entries) folders[label]!.add(path.posix.dirname(image));
  const users = new Map<string, number>();
  for (const own of folders) for (const folder of own) users.set(folder, (users.get(folder) ?? 0) + 1);
  const alone = folders.map(own => {
    const [folder] = own;
    return own.size === 1 && folder !== '.' && users.get(folder!) === 1 ? folder! : null;
  });
  if (alone.every(folder => folder !== null)) return alone;
  const first = new Map<string, number>();
  for (const [label, name] of names.entries()) if (!first.has(name)) first.set(name, label);
  return names.map((name, label) => (first.get(name) === label ? name : `${name} ${label}`));
}

function missingClasses({ classNames, entries }: CoopSplit, { classes }: Scan): SplitFacts['missingClasses'] {
  const images = classNames.map(() => 0);
  for (const { label } of entries) images[label]! += 1;
  return classNames.flatMap((name, label) =>
    classes[label]!.count > 0 ? [] : [{ name, images: images[label]! }],
  );
}

/** Images that lie below the root and that the file does not name, whole folders of such apart. */
async function unnamed(
  root: string,
  { entries }: CoopSplit,
  scan: Scan,
  { signal, limits }: ScanOptions,
): Promise<Pick<SplitFacts, 'unnamedFolders' | 'unnamedImages'>> {
  const named = new Set(entries.map(({ path: image }) => image));
  for (const { path: image } of scan.images) named.add(image);
  const folders = new Map<string, { named: number; unnamed: number }>();
  const walk = { problems: [], left: limits?.maxEntries ?? MAX_ENTRIES, signal };
  for await (const file of filesBelow(root, '', walk)) {
    if (!IMAGE_ENDING.test(file)) continue;
    const folder = path.posix.dirname(file);
    const counts = folders.get(folder) ?? { named: 0, unnamed: 0 };
    counts[named.has(file) ? 'named' : 'unnamed'] += 1;
    folders.set(folder, counts);
  }
  const whole = [...folders].filter(([folder, counts]) => counts.named === 0 && folder !== '.');
  return {
    unnamedFolders: whole
      .map(([folder, counts]) => ({ folder, images: counts.unnamed }))
      .sort((a, b) => byCodeUnits(a.folder, b.folder)),
    unnamedImages: [...folders]
      .filter(([folder, counts]) => counts.named > 0 || folder === '.')
      .reduce((sum, [, counts]) => sum + counts.unnamed, 0),
  };
}

/** Labels count from 0 over the classes that are there. */
function withoutEmptyClasses(scan: Scan): Scan {
  const kept = scan.classes.flatMap(({ count }, label) => (count > 0 ? [label] : []));
  if (kept.length === scan.classes.length) return scan;
  const labels = new Map(kept.map((label, at) => [label, at]));
  const folders = new Set(kept.map(label => scan.classes[label]!.folder));
  return {
    ...scan,
    classes: kept.map(label => scan.classes[label]!),
    images: scan.images.map(image => ({ ...image, label: labels.get(image.label)! })),
    columns: new Map([...scan.columns].map(([name, values]) => [name, kept.map(label => values[label]!)])),
    vagueNames: scan.vagueNames.filter(({ folder }) => folders.has(folder)),
    sameNames: scan.sameNames
      .map(({ name, folders: all }) => ({ name, folders: all.filter(folder => folders.has(folder)) }))
      .filter(({ folders: left }) => left.length > 1),
  };
}
