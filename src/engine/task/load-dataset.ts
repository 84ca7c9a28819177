import path from 'node:path';
import type { ScanResult } from '../../shared/contracts/scan';
import { labelsOfSubset } from '../dataset/class-subset';
import { classesHash, datasetHash, datasetParts, partsHash } from '../dataset/dataset-parts';
import type { HashedImage } from '../dataset/hash-order';
import { requireClasses } from '../dataset/require-classes';
import { sameNames } from '../dataset/same-names';
import type { Scan } from '../dataset/scan-folder';
import type { Part } from '../dataset/split';
import { requireWholeSplit } from '../dataset/whole-split';
import type { ClassList } from '../prompt/class-list';
import type { Project } from './open-project';
import { scanDocument, scanResult } from './scan-document';
import type { Work } from './work';

export interface DatasetImage {
  /** Relative to the image folder, with forward slashes. */
  readonly path: string;
  readonly label: number;
  /** sha256 of the file, hex. */
  readonly hash: string;
  readonly part: Part;
}

/** An image that draws are made among: of a class that `@classes subset` leaves out, it takes its turn and is then dropped. */
export interface Drawable extends HashedImage {
  readonly part: Part;
  readonly image: DatasetImage | null;
}

/** The images of a document, each on its side of the split. */
export interface Dataset {
  readonly folder: string;
  readonly scan: ScanResult;
  readonly classes: ClassList;
  readonly images: readonly DatasetImage[];
  /** Those of all classes, labels among all of them. */
  readonly drawable: readonly Drawable[];
  /** Images, order and parts are those of a published split, so that its draws are met. */
  readonly published: boolean;
  /** Folders, a list or a published split say which part an image is of; otherwise its content does. */
  readonly given: boolean;
  /** Pictures of the pool that repeat a dev or test image are not learned from. */
  readonly grouped: boolean;
  /** Over class names and bytes, in order; the sides of the split; names and columns of the classes. sha256, hex. */
  readonly hash: string;
  readonly partsHash: string;
  readonly classesHash: string;
}

/**
 * Scans the document's images, names their classes and splits them.
 * @throws CoopError `images.*`, `classes.*`, `manifest.invalid`, `split.invalid`
 */
export async function loadDataset(project: Project, work: Work = {}): Promise<Dataset> {
  return datasetOf(project, await scanDocument(project, work));
}

/**
 * As `loadDataset`, of images that are scanned already.
 * @throws CoopError `classes.none`, `classes.one`, `split.invalid`; as `labelsOfSubset`
 */
export async function datasetOf(project: Project, whole: Scan): Promise<Dataset> {
  const { split, subset, nearDuplicates } = project.document.directives;
  const all = scanResult(whole);
  requireClasses(whole);
  requireWholeSplit(all, split);
  const labels =
    subset === null
      ? [...all.classes.keys()]
      : await labelsOfSubset(all.classes, subsetPath(project.folder, subset));
  const place = new Map(labels.map((label, at) => [label, at]));
  const scan = subset === null ? all : partOfScan(all, labels);
  const classes: ClassList = {
    names: scan.classes.map(({ name }) => name),
    columns: new Map([...whole.columns].map(([name, values]) => [name, labels.map(label => values[label]!)])),
  };
  const parts = datasetParts(whole, split);
  const drawable = whole.images.flatMap(({ path, label, hash }, at): Drawable[] => {
    const part = parts[at];
    if (part === undefined) return [];
    const own = place.get(label);
    return [{ label, hash, part, image: own === undefined ? null : { path, label: own, hash, part } }];
  });
  const images = drawable.flatMap(({ image }) => (image === null ? [] : [image]));
  const given = split.kind !== 'fractions' && whole.images.every(({ part }) => part !== undefined);
  // The numbers of a given split are compared with others'.
  const grouped = nearDuplicates === null ? !given : nearDuplicates === 'group';
  const published = scan.layout === 'published' && split.kind !== 'fractions';
  return {
    folder: scan.folder,
    scan,
    classes,
    images,
    drawable,
    given,
    grouped,
    published,
    hash: datasetHash(images, classes.names),
    partsHash: partsHash(images, { published, unusual: grouped === given }),
    classesHash: classesHash(classes),
  };
}

/** `base` and `new` stay as they are. */
export function subsetPath(folder: string, subset: string): string {
  return subset === 'base' || subset === 'new' ? subset : path.resolve(folder, subset);
}

function partOfScan(all: ScanResult, labels: readonly number[]): ScanResult {
  const classes = labels.map(label => all.classes[label]!);
  const imageCount = classes.reduce((sum, { count }) => sum + count, 0);
  return { ...all, classes, imageCount, sameNames: sameNames(classes) };
}

/** The images of one part, in dataset order. */
export function imagesOf(dataset: Dataset, part: Part): DatasetImage[] {
  return dataset.images.filter(image => image.part === part);
}
