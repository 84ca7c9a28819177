import type { ScanResult } from '../../shared/contracts/scan';
import { CoopError } from '../../shared/errors';
import { classesHash, datasetHash, datasetParts } from '../dataset/dataset-parts';
import type { Part } from '../dataset/split';
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
  readonly hash: string;
  readonly classesHash: string;
}

/**
 * Scans the document's images, names their classes and splits them.
 * @throws CoopError `images.*`, `classes.*`, `manifest.invalid`, `split.invalid`
 */
export async function loadDataset(project: Project, work: Work = {}): Promise<Dataset> {
  const { directives } = project.document;
  const whole = await scanDocument(project, work);
  const scan = scanResult(whole);
  if (scan.classes.length < 2) {
    throw new CoopError(
      scan.classes.length === 0 ? 'classes.none' : 'classes.one',
      scan.classes.length === 0
        ? `${scan.folder} has no sub-folders with images, so there are no classes.`
        : `${scan.folder} has one class only, “${scan.classes[0]!.name}”; with one possible answer every prompt is right.`,
      { subject: scan.folder, next: 'Put the images of each class into a sub-folder named after it.' },
    );
  }
  const classes: ClassList = { names: scan.classes.map(({ name }) => name), columns: whole.columns };
  const parts = await datasetParts(whole, directives.split, project.folder);
  const images = whole.images.flatMap(({ path, label, hash }, at) => {
    const part = parts[at];
    return part === undefined ? [] : [{ path, label, hash, part }];
  });
  return {
    folder: scan.folder,
    scan,
    classes,
    images,
    hash: datasetHash(images, classes.names),
    classesHash: classesHash(classes),
  };
}

/** The images of one part, in dataset order. */
export function imagesOf(dataset: Dataset, part: Part): DatasetImage[] {
  return dataset.images.filter(image => image.part === part);
}
