import path from 'node:path';
import type { DuplicateGroup, FileProblem } from '../../shared/contracts/scan';
import { counted } from '../../shared/format/count';
import type { ClassList } from '../prompt/class-list';
import { readClasses } from './classes';
import { inspectFiles } from './inspect-files';
import { sameNames } from './same-names';
import {
  byCodeUnits,
  type Candidate,
  type Found,
  type Scan,
  type ScannedImage,
  type ScanOptions,
} from './scan';
import { spelledAsOnDisk } from './spelled-as-on-disk';
import { vagueNames } from './vague-names';

interface Used {
  readonly candidate: Candidate;
  readonly hash: string;
  readonly bytes: number;
}

/**
 * Reads the files that a walk or a list has named and puts the scan together. Its `images` may be empty.
 * @throws CoopError `classes.invalid`, `file.access` for the classes file; the signal's reason
 */
export async function assembleScan(found: Found, options: ScanOptions): Promise<Scan> {
  const { root, layout, problems } = found;
  const spelled = await spelledAsOnDisk(root, found.candidates);
  const candidates = found.classes === undefined ? sorted(spelled) : spelled;
  const facts = await inspectFiles(
    root,
    candidates.map(({ path }) => path),
    options,
  );
  const used: Used[] = [];
  const rotated: string[] = [];
  for (const [at, candidate] of candidates.entries()) {
    const fact = facts[at]!;
    if ('problem' in fact) problems.push({ path: candidate.path, ...fact.problem });
    else {
      used.push({ candidate, hash: fact.hash, bytes: fact.bytes });
      if (fact.rotated) rotated.push(candidate.path);
    }
  }
  problems.push(...emptyClasses(found, used));
  const folders =
    found.classes?.map(({ folder }) => folder) ?? foldersOf(used.map(({ candidate }) => candidate));
  const labels = new Map(folders.map((folder, label) => [folder, label]));
  const images = used.map(({ candidate: { path, folder, part }, hash, bytes }): ScannedImage => {
    const label = folder === null ? -1 : labels.get(folder)!;
    return { path, label, hash, bytes, ...(part === undefined ? {} : { part }) };
  });
  const { names, columns } = await namesOf(found, folders, options);
  const counts = folders.map(() => 0);
  for (const { label } of images) if (label >= 0) counts[label]! += 1;
  const places = placesOf(found, folders, images);
  const classes = folders.map((folder, label) => ({
    folder,
    place: places[label] ?? '',
    name: names[label]!,
    count: counts[label]!,
  }));
  return {
    folder: root,
    classes,
    problems: problems.sort((a, b) => byCodeUnits(a.path, b.path)),
    duplicates: duplicatesOf(images),
    rotated: rotated.sort(byCodeUnits),
    vagueNames: vagueNames(classes),
    sameNames: sameNames(classes),
    imageCount: images.length,
    layout,
    images,
    columns,
  };
}

/** By label: where the walk met the class's folder, else where its first image lies. */
function placesOf(
  found: Found,
  folders: readonly string[],
  images: readonly ScannedImage[],
): (string | undefined)[] {
  const places = folders.map(folder => found.folders?.get(folder));
  for (const { label, path: image } of images)
    if (label >= 0) places[label] ??= path.posix.dirname(image).replace(/^\.$/, '');
  return places;
}

/** Class folders without one usable image, which are therefore no classes. */
function emptyClasses({ folders, candidates, problems }: Found, used: readonly Used[]): FileProblem[] {
  if (folders === undefined) return [];
  const filled = new Set(used.map(({ candidate }) => candidate.folder));
  const files = new Map<string | null, number>();
  for (const { folder } of candidates) files.set(folder, (files.get(folder) ?? 0) + 1);
  // What could not be looked into has its own problem, and may hold any number of files.
  const unread = (place: string) =>
    problems.some(({ path: at, reason }) => reason === 'unreadable' && `${at}/`.startsWith(`${place}/`));
  return [...folders]
    .filter(([folder, place]) => !filled.has(folder) && (files.has(folder) || !unread(place)))
    .map(([folder, place]) => {
      const held = files.get(folder) ?? 0;
      const none =
        held === 0
          ? 'it holds no files'
          : `none of its ${counted(held, 'file')} is an image that can be read`;
      return { path: place, reason: 'no-images', detail: `${none}, so it is no class` };
    });
}

function sorted(candidates: readonly Candidate[]): readonly Candidate[] {
  return [...candidates].sort(
    (a, b) => byCodeUnits(a.folder ?? '', b.folder ?? '') || byCodeUnits(a.path, b.path),
  );
}

function foldersOf(candidates: readonly Candidate[]): string[] {
  const folders = new Set<string>();
  for (const { folder } of candidates) if (folder !== null) folders.add(folder);
  return [...folders].sort(byCodeUnits);
}

async function namesOf(
  found: Found,
  folders: readonly string[],
  { classesFile }: ScanOptions,
): Promise<ClassList> {
  if (classesFile === undefined && found.classes !== undefined)
    return { names: found.classes.map(({ name }) => name), columns: new Map() };
  return readClasses(classesFile ?? 'auto', folders, process.cwd());
}

function duplicatesOf(images: readonly ScannedImage[]): DuplicateGroup[] {
  const first = new Map<string, ScannedImage>();
  const groups = new Map<string, ScannedImage[]>();
  for (const image of images) {
    const known = first.get(image.hash);
    if (known === undefined) first.set(image.hash, image);
    else {
      const group = groups.get(image.hash);
      if (group === undefined) groups.set(image.hash, [known, image]);
      else group.push(image);
    }
  }
  return [...groups.values()].map(group => ({
    paths: group.map(image => image.path),
    acrossClasses: group.some(image => image.label !== group[0]!.label),
  }));
}

/** The first problem in words, for the message of a scan without images. */
export function firstProblem(all: readonly FileProblem[]): string {
  const problems = all.filter(({ reason }) => reason !== 'no-images');
  const first = problems[0];
  if (first === undefined) return '';
  const count = problems.length === 1 ? '1 file cannot be used' : `${problems.length} files cannot be used`;
  return ` (${count}; ${first.path}: ${first.detail})`;
}
