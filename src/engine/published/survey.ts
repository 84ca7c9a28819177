import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { CoopError } from '../../shared/errors';
import { count, counted } from '../../shared/format/count';
import { type CoopSplit, readCoopSplit } from '../dataset/coop-split';
import { requireFolder } from '../dataset/image-root';
import type { Part } from '../dataset/split';
import { IMAGE_ENDING } from '../images/inspect-file';
import { readAircraft } from './aircraft';
import { readClassNames } from './class-names';
import { DATA_SETS, type DataSet, type DataSetLayout, type Piece } from './data-sets';

/** Of a list with as many, the published counts are what a folder is measured by. */
const IMAGENET_CLASSES = 1000;

/** Something that a data set lacks, in words, and where to get it. */
export interface Missing {
  /** Relative to the data set's folder. */
  readonly path: string;
  readonly what: string;
  readonly from: string;
}

/** What of a data set is on disk. */
export interface SurveyedDataSet {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly state: 'complete' | 'incomplete' | 'absent';
  /** Classes and images of train, val and test that its files name or its folders hold; null where that is not known. */
  readonly found: Counts | null;
  /** As the paper has it. */
  readonly published: Counts;
  readonly missing: readonly Missing[];
}

interface Counts {
  readonly classes: number;
  readonly train: number | null;
  readonly val: number | null;
  readonly test: number | null;
}

/**
 * Says of every data set of CoOp's experiments what is below a root folder, laid out as its authors do, and what is not.
 * Files are looked for by name; none is opened but lists.
 * @throws CoopError `images.folder` for a root that is none; the signal's reason
 */
export async function surveyDataSets(root: string, signal?: AbortSignal): Promise<SurveyedDataSet[]> {
  await requireFolder(path.resolve(root));
  const surveyed: SurveyedDataSet[] = [];
  for (const dataSet of DATA_SETS) {
    signal?.throwIfAborted();
    surveyed.push(await surveyOne(path.resolve(root, dataSet.folder), dataSet, signal));
  }
  return surveyed;
}

async function surveyOne(folder: string, dataSet: DataSet, signal?: AbortSignal): Promise<SurveyedDataSet> {
  const { name, layout, classes, images } = dataSet;
  const [train, val, test] = images;
  const published = { classes, train, val, test };
  const known = { name, folder, published };
  if ((await namesIn(folder)).size === 0) {
    const missing = piecesOf(layout).map(piece => absent(piece));
    return { ...known, state: 'absent', found: null, missing };
  }
  const { found, missing } = await look(folder, dataSet, signal);
  return { ...known, state: missing.length === 0 ? 'complete' : 'incomplete', found, missing };
}

function piecesOf(layout: DataSetLayout): readonly Piece[] {
  switch (layout.kind) {
    case 'split':
      return [layout.images, layout.split];
    case 'aircraft':
      return [layout.images, ...layout.lists];
    case 'imagenet':
      return [layout.train, layout.val];
    case 'target':
      return [layout.images];
  }
}

const absent = ({ path: place, from }: Piece): Missing => ({ path: place, what: 'is missing', from });

interface Looked {
  readonly found: Counts | null;
  readonly missing: readonly Missing[];
}

async function look(folder: string, dataSet: DataSet, signal?: AbortSignal): Promise<Looked> {
  const { layout, classes, images } = dataSet;
  switch (layout.kind) {
    case 'split':
      return lookAtSplit(folder, layout.images, layout.start, [layout.split], root =>
        readCoopSplit(path.join(folder, layout.split.path), root),
      );
    case 'aircraft':
      return lookAtSplit(folder, layout.images, layout.images.path, layout.lists, () => readAircraft(folder));
    case 'imagenet': {
      const ids = await idsOf(folder, layout.names);
      const train = await lookAtFolders(
        folder,
        layout.train,
        ids,
        { classes, images: images[0] ?? 0 },
        signal,
      );
      const val = await lookAtFolders(folder, layout.val, ids, { classes, images: images[2] }, signal);
      return {
        found: {
          classes: Math.max(train.classes, val.classes),
          train: train.images,
          val: null,
          test: val.images,
        },
        missing: [...train.missing, ...val.missing],
      };
    }
    case 'target': {
      const ids = await idsOf(folder, layout.names);
      const folders = layout.folders === 'number' ? ids.map((_, at) => String(at)) : ids;
      const published = { classes, images: images[2] };
      const test = await lookAtFolders(folder, layout.images, folders, published, signal);
      return {
        found: { classes: test.classes, train: null, val: null, test: test.images },
        missing: test.missing,
      };
    }
  }
}

async function idsOf(folder: string, names: Piece): Promise<string[]> {
  return [...(await readClassNames(path.join(folder, names.path))).keys()];
}

/** A data set whose lists name every image. */
async function lookAtSplit(
  folder: string,
  images: Piece,
  start: string,
  lists: readonly Piece[],
  read: (root: string) => Promise<CoopSplit>,
): Promise<Looked> {
  const names = await namesIn(folder);
  const missing = [images, ...lists].filter(piece => !names.has(piece.path)).map(absent);
  if (lists.some(list => !names.has(list.path))) return { found: null, missing };
  const root = path.join(folder, start);
  let split: CoopSplit;
  try {
    split = await read(root);
  } catch (thrown) {
    if (!(thrown instanceof CoopError)) throw thrown;
    const [list] = lists;
    const what = `cannot be used: ${thrown.message}`;
    return { found: null, missing: [...missing, { path: list!.path, what, from: list!.from }] };
  }
  const of = (part: Part) => split.entries.filter(entry => entry.part === part).length;
  const found = { classes: split.classNames.length, train: of('pool'), val: of('dev'), test: of('test') };
  if (!names.has(images.path)) return { found, missing };
  const gone = await goneOf(root, split);
  const [first] = gone;
  if (first === undefined) return { found, missing };
  const what = `lacks ${count(gone.length)} of ${counted(split.entries.length, 'image')}, ${first} first`;
  return { found, missing: [...missing, { path: images.path, what, from: images.from }] };
}

async function goneOf(root: string, { entries }: CoopSplit): Promise<string[]> {
  const folders = new Map<string, ReadonlySet<string>>();
  const gone: string[] = [];
  for (const { path: image } of entries) {
    const folder = path.posix.dirname(image);
    const known = folders.get(folder) ?? (await namesIn(path.join(root, folder)));
    folders.set(folder, known);
    if (!known.has(path.posix.basename(image))) gone.push(image);
  }
  return gone;
}

/**
 * A part of a data set with a folder per class.
 * @param folders of all classes, ImageNet's thousand or those of a classnames.txt
 */
async function lookAtFolders(
  folder: string,
  piece: Piece,
  folders: readonly string[],
  published: { readonly classes: number; readonly images: number },
  signal?: AbortSignal,
): Promise<{
  readonly classes: number;
  readonly images: number | null;
  readonly missing: readonly Missing[];
}> {
  const held = await countFolders(path.join(folder, piece.path), signal);
  if (held === null) return { classes: 0, images: null, missing: [absent(piece)] };
  const images = [...held.values()].reduce((a, b) => a + b, 0);
  const { path: place, from } = piece;
  const answer = (what: string | null) => ({
    classes: held.size,
    images,
    missing: what === null ? [] : [{ path: place, what, from }],
  });
  // ImageNet-A and ImageNet-R have 200 of the classes, and no list says which.
  const empty = published.classes < IMAGENET_CLASSES ? [] : folders.filter(id => (held.get(id) ?? 0) === 0);
  if (empty.length > 0)
    return answer(`has no images of ${counted(empty.length, 'class', 'classes')}, ${empty[0]} first`);
  const whole = folders.length >= IMAGENET_CLASSES;
  if (!whole || (held.size >= published.classes && images >= published.images)) return answer(null);
  return answer(
    `has ${counted(images, 'image')} in ${counted(held.size, 'class', 'classes')}; published are ${count(published.images)} in ${count(published.classes)}`,
  );
}

/** Images by class folder; null when there is no such place. */
async function countFolders(place: string, signal?: AbortSignal): Promise<Map<string, number> | null> {
  const entries = await readdir(place, { withFileTypes: true }).catch(() => null);
  if (entries === null) return null;
  const held = new Map<string, number>();
  for (const entry of entries) {
    signal?.throwIfAborted();
    if (entry.name.startsWith('.') || entry.isFile()) continue;
    const inside = [...(await namesIn(path.join(place, entry.name)))].filter(name => IMAGE_ENDING.test(name));
    held.set(entry.name, inside.length);
  }
  return held;
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(folder).catch(() => []));
}
