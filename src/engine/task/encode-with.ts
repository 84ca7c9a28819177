import { type EncodeResult, encodeImages, type ImageToEncode } from '../features/encode-images';
import { openFeatureCache } from '../features/feature-cache';
import { type PreprocessSpec, preprocessingKey } from '../images/preprocess';
import type { ViewKey } from '../images/random-view';
import type { OpenedModel } from '../models/shelf/opened-model';
import type { Work } from './work';

/** A random view of every image, whose features are kept in the cache or not. */
export interface TrainingView extends ViewKey {
  readonly kept: boolean;
}

export interface EncodeRequest {
  readonly images: readonly ImageToEncode[];
  /** Folder of relative paths. */
  readonly root: string;
  readonly preprocess: PreprocessSpec;
  /** Default: the test transform, kept. */
  readonly view?: TrainingView;
}

/** Features of images by a model's tower, from the cache where it has them. */
export async function encodeWith(
  { model, hash: modelHash, imageEncoder }: OpenedModel,
  { view, ...request }: EncodeRequest,
  work: Work,
): Promise<EncodeResult> {
  const name = view === undefined ? 'test' : `random ${view.seed} ${view.number}`;
  const key = { modelHash, preprocessing: preprocessingKey(request.preprocess), view: name };
  return encodeImages({
    ...request,
    ...(view === undefined ? {} : { view }),
    width: model.embedWidth,
    encoder: imageEncoder,
    cache: view?.kept === false ? null : await openFeatureCache(key, model.embedWidth),
    ...work,
  });
}
