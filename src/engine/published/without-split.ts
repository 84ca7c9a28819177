import path from 'node:path';
import { readTextFile } from '../../files/disk/read-text-file';
import { CoopError } from '../../shared/errors';
import { assembleScan } from '../dataset/assemble-scan';
import { promptName } from '../dataset/classes';
import { entriesOf, filesBelow, type Walk } from '../dataset/image-files';
import { byCodeUnits, type Candidate, MAX_ENTRIES, type Scan, type ScanOptions } from '../dataset/scan';
import type { Part } from '../dataset/split';

/**
 * A data set whose split file is not there, as far as its own folders and lists say which classes there are: in the order
 * and with the names that CoOp gives them (datasets/*.py). CoOp then makes a random split of its own, which nobody can
 * repeat; here the parts are by content, or the authors' own where they give a test list.
 */
export type WithoutSplit =
  | {
      readonly kind: 'folders';
      /** Paths that its folder has, and no other. */
      readonly marks: readonly string[];
      readonly leftOut?: readonly string[];
      readonly renamed?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'lists'; readonly marks: readonly string[]; readonly read: ReadLists };

/** A line of an authors' list. */
export interface ListedImage {
  /** Relative to the image folder. */
  readonly path: string;
  readonly label: number;
  readonly name: string;
  readonly part: Part;
}

type ReadLists = (folder: string) => Promise<readonly ListedImage[]>;

const PET_LISTS = ['list.txt', 'trainval.txt', 'test.txt'];

/** By the data set's name. */
export const WITHOUT_SPLIT: ReadonlyMap<string, WithoutSplit> = new Map<string, WithoutSplit>([
  [
    'Caltech101',
    {
      kind: 'folders',
      marks: ['101_ObjectCategories/accordion', '101_ObjectCategories/Faces'],
      leftOut: ['BACKGROUND_Google', 'Faces_easy'],
      renamed: { airplanes: 'airplane', Faces: 'face', Leopards: 'leopard', Motorbikes: 'motorbike' },
    },
  ],
  ['Food101', { kind: 'folders', marks: ['images/apple_pie', 'images/waffles', 'meta'] }],
  ['DescribableTextures', { kind: 'folders', marks: ['images/banded', 'images/zigzagged'] }],
  [
    'EuroSAT',
    {
      kind: 'folders',
      marks: ['2750/AnnualCrop', '2750/SeaLake'],
      renamed: {
        AnnualCrop: 'Annual Crop Land',
        HerbaceousVegetation: 'Herbaceous Vegetation Land',
        Highway: 'Highway or Road',
        Industrial: 'Industrial Buildings',
        Pasture: 'Pasture Land',
        PermanentCrop: 'Permanent Crop Land',
        Residential: 'Residential Buildings',
        SeaLake: 'Sea or Lake',
      },
    },
  ],
  [
    'OxfordPets',
    { kind: 'lists', marks: ['images', ...PET_LISTS.map(list => `annotations/${list}`)], read: readPets },
  ],
  [
    'SUN397',
    {
      kind: 'lists',
      marks: ['SUN397/a', 'ClassName.txt', 'Training_01.txt', 'Testing_01.txt'],
      read: readSun,
    },
  ],
  ['UCF101', { kind: 'lists', marks: ['UCF-101-midframes', 'ucfTrainTestlist/classInd.txt'], read: readUcf }],
]);

/**
 * @param folder the data set's
 * @param images its folder of images, absolute
 * @param missing the split file's name
 * @throws as `assembleScan`; CoopError `split.invalid` for a list that is none; `file.access`, `file.limit`
 */
export async function scanWithoutSplit(
  folder: string,
  images: string,
  data: WithoutSplit,
  missing: string,
  options: ScanOptions,
): Promise<Scan> {
  const scan =
    data.kind === 'folders'
      ? await scanClassFolders(images, data, options)
      : await scanLists(images, await data.read(folder), options);
  return { ...scan, splitMissing: missing };
}

async function scanClassFolders(
  root: string,
  { leftOut = [], renamed = {} }: Extract<WithoutSplit, { readonly kind: 'folders' }>,
  options: ScanOptions,
): Promise<Scan> {
  const { signal, limits } = options;
  const walk: Walk = { problems: [], left: limits?.maxEntries ?? MAX_ENTRIES, signal };
  const folders: string[] = [];
  for await (const { name, kind } of entriesOf(root, '', walk))
    if (kind === 'folder' && !leftOut.includes(name)) folders.push(name);
  folders.sort(byCodeUnits);
  const candidates: Candidate[] = [];
  for (const folder of folders) {
    const files: string[] = [];
    for await (const file of filesBelow(root, folder, walk)) files.push(file);
    for (const file of files.sort(byCodeUnits)) candidates.push({ path: file, folder, part: undefined });
  }
  const classes = folders.map(folder => ({ folder, name: promptName(renamed[folder] ?? folder) }));
  const { problems } = walk;
  return assembleScan({ root, layout: 'classes', candidates, problems, classes }, options);
}

async function scanLists(root: string, listed: readonly ListedImage[], options: ScanOptions): Promise<Scan> {
  const names = new Map<number, string>();
  for (const { label, name } of listed) names.set(label, name);
  const labels = [...names.keys()].sort((a, b) => a - b);
  const classes = labels.map(label => ({ folder: names.get(label)!, name: promptName(names.get(label)!) }));
  const candidates = listed.map(({ path: file, name, part }) => ({ path: file, folder: name, part }));
  return assembleScan({ root, layout: 'manifest', candidates, problems: [], classes }, options);
}

/** “Abyssinian_100 1 1 1”: image, class from 1, species, breed; the breed's name is the image's, in lower case. */
async function readPets(folder: string): Promise<ListedImage[]> {
  const read = (list: string, part: Part) =>
    readList(path.join(folder, 'annotations', list), line => {
      const [image = '', number = ''] = line.split(' ');
      const breed = /^(.+)_\d+$/.exec(image)?.[1];
      if (breed === undefined || !/^[1-9]\d*$/.test(number)) return null;
      return { path: `${image}.jpg`, label: Number(number) - 1, name: breed.toLowerCase(), part };
    });
  return [...(await read('trainval.txt', 'pool')), ...(await read('test.txt', 'test'))];
}

/** “/a/apse/indoor/sun_aaa.jpg”: the class is the folder, its name the parts after the letter, the last one first. */
async function readSun(folder: string): Promise<ListedImage[]> {
  const labels = new Map<string, number>();
  const classFile = path.join(folder, 'ClassName.txt');
  await readList(classFile, line => labels.set(line.replace(/^\//, ''), labels.size));
  const read = (list: string, part: Part) =>
    readList(path.join(folder, list), line => {
      const image = line.replace(/^\//, '');
      const place = path.posix.dirname(image);
      const label = labels.get(place);
      if (label === undefined) return null;
      return { path: image, label, name: place.split('/').slice(1).reverse().join(' '), part };
    });
  return [...(await read('Training_01.txt', 'pool')), ...(await read('Testing_01.txt', 'test'))];
}

/** “ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1”; its middle frame lies in the folder Apply_Eye_Makeup. */
async function readUcf(folder: string): Promise<ListedImage[]> {
  const lists = path.join(folder, 'ucfTrainTestlist');
  const labels = new Map<string, number>();
  await readList(path.join(lists, 'classInd.txt'), line => {
    const [number = '', action = ''] = line.split(' ');
    return /^[1-9]\d*$/.test(number) && action !== '' ? labels.set(action, Number(number) - 1) : null;
  });
  const read = (list: string, part: Part) =>
    readList(path.join(lists, list), line => {
      const [action = '', video = ''] = line.split(' ')[0]!.split('/');
      const label = labels.get(action);
      if (label === undefined || !video.endsWith('.avi')) return null;
      const name = (action.match(/[A-Z][^A-Z]*/g) ?? [action]).join('_');
      return { path: `${name}/${video.replace(/\.avi$/, '.jpg')}`, label, name, part };
    });
  return [...(await read('trainlist01.txt', 'pool')), ...(await read('testlist01.txt', 'test'))];
}

/** The lines of a list; null for one that is none of its kind. Paths may not leave the image folder. */
async function readList<T extends object>(file: string, parse: (line: string) => T | null): Promise<T[]> {
  const lines = (await readTextFile(file, 'split.invalid')).split(/\r?\n/);
  return lines.flatMap((line, at) => {
    if (line.trim() === '') return [];
    const parsed = parse(line.trim());
    if (parsed !== null && !line.split(/[\\/\s]/).includes('..')) return [parsed];
    throw new CoopError(
      'split.invalid',
      `${file}, line ${at + 1}: “${line.trim()}” is no line of such a list.`,
      {
        subject: file,
        next: 'Take the lists from the data set’s own archive.',
      },
    );
  });
}
