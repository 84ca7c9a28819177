import { preprocessingKey } from '../data/images/preprocess';
import type { ViewKey } from '../data/images/random-view';
import { type EncodeResult, encodeImages } from '../features/encode-images';
import { openFeatureCache } from '../features/feature-cache';
import type { Dataset, DatasetImage } from './load-dataset';
import type { Project } from './open-project';
import type { OpenedModel } from './opened-model';
import type { Work } from './work';

/** Images with their features; images that turned out to be broken are left out. */
export interface EncodedImages {
  readonly images: readonly DatasetImage[];
  /** [images, E], as the tower gave them (not normalised). */
  readonly features: Float32Array;
  readonly labels: Int32Array;
  readonly failed: readonly { readonly path: string; readonly detail: string }[];
}

/** A random view of every image, whose features are kept in the cache or not. */
export interface TrainingView extends ViewKey {
  readonly kept: boolean;
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
  const cache =
    view?.kept === false
      ? null
      : await openFeatureCache(
          {
            modelHash: opened.hash,
            preprocessing: preprocessingKey(spec),
            view: view === undefined ? 'test' : `random ${view.seed} ${view.number}`,
          },
          model.embedWidth,
        );
  const { features, failed } = await encodeImages({
    images,
    root: dataset.folder,
    preprocess: spec,
    width: model.embedWidth,
    encoder: () => opened.imageEncoder(),
    cache,
    ...(view === undefined ? {} : { view }),
    ...work,
  });
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
