import type { EncodeResult } from '../features/encode-images';
import type { OpenedModel } from '../models/shelf/opened-model';
import { encodeWith, type TrainingView } from './encode-with';
import type { Dataset, DatasetImage } from './load-dataset';
import type { Project } from './open-project';
import type { Work } from './work';

/** Images with their features; images that turned out to be broken are left out. */
export interface EncodedImages {
  readonly images: readonly DatasetImage[];
  /** [images, E], as the tower gave them (not normalised). */
  readonly features: Float32Array;
  readonly labels: Int32Array;
  readonly failed: readonly { readonly path: string; readonly detail: string }[];
}

/** Features of images, from the cache where it has them. */
export async function imageFeatures(
  project: Project,
  dataset: Dataset,
  opened: OpenedModel,
  images: readonly DatasetImage[],
  work: Work = {},
  view?: TrainingView,
): Promise<EncodedImages> {
  const { model } = opened;
  const { exif } = project.document.directives;
  const spec = { ...model.preprocess, exif };
  const { features, failed } = await encodeWith(
    opened,
    { images, root: dataset.folder, preprocess: spec, ...(view === undefined ? {} : { view }) },
    work,
  );
  return withoutFailed(images, features, model.embedWidth, failed);
}

function withoutFailed(
  images: readonly DatasetImage[],
  features: Float32Array,
  width: number,
  failed: EncodeResult['failed'],
): EncodedImages {
  const broken = new Map(failed.map(({ index, error }) => [index, error.message]));
  const kept = images.flatMap((image, index) => (broken.has(index) ? [] : [{ image, index }]));
  const values = broken.size === 0 ? features : new Float32Array(kept.length * width);
  if (broken.size > 0) {
    for (const [row, { index }] of kept.entries())
      values.set(features.subarray(index * width, (index + 1) * width), row * width);
  }
  return {
    images: kept.map(({ image }) => image),
    features: values,
    labels: Int32Array.from(kept, ({ image }) => image.label),
    failed: [...broken].map(([index, detail]) => ({ path: images[index]!.path, detail })),
  };
}
