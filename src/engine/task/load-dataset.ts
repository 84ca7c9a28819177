import type { ScanResult } from '../../shared/contracts/scan';
import { classesHash, datasetHash, datasetParts, partsHash } from '../dataset/dataset-parts';
import type { DrawnFrom } from '../dataset/draw-shots';
import { requireClasses } from '../dataset/require-classes';
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

/** The images of a document, each on its side of the split. */
export interface Dataset {
  readonly folder: string;
  readonly scan: ScanResult;
  readonly classes: ClassList;
  readonly images: readonly DatasetImage[];
  /** Images, order and parts are those of a published split, so that its draws are met. */
  readonly published: boolean;
  /** Folders, a list or a published split say which part an image is of; otherwise its content does. */
  readonly given: boolean;
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
 * @throws CoopError `classes.none`, `classes.one`, `split.invalid`
 */
export function datasetOf({ document: { directives } }: Project, whole: Scan): Dataset {
  const scan = scanResult(whole);
  requireClasses(whole);
  const classes: ClassList = { names: scan.classes.map(({ name }) => name), columns: whole.columns };
  requireWholeSplit(scan, directives.split);
  const parts = datasetParts(whole, directives.split);
  const images = whole.images.flatMap(({ path, label, hash }, at) => {
    const part = parts[at];
    return part === undefined ? [] : [{ path, label, hash, part }];
  });
  return {
    folder: scan.folder,
    scan,
    classes,
    images,
    given: directives.split.kind !== 'fractions' && whole.images.every(({ part }) => part !== undefined),
    published: scan.layout === 'published' && directives.split.kind !== 'fractions',
    hash: datasetHash(images, classes.names),
    partsHash: partsHash(images),
    classesHash: classesHash(classes),
  };
}

/** The images of one part, in dataset order. */
export function imagesOf(dataset: Dataset, part: Part): DatasetImage[] {
  return dataset.images.filter(image => image.part === part);
}

/** What the seeds of a run draw from. */
export function drawnFrom(dataset: Dataset): DrawnFrom<DatasetImage> {
  const { published } = dataset;
  return { pool: imagesOf(dataset, 'pool'), dev: imagesOf(dataset, 'dev'), published };
}
