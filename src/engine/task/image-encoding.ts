import { type EncodeResult, encodeImages, type ImageToEncode } from '../features/encode-images';
import { type FeatureCache, openFeatureCache } from '../features/feature-cache';
import { type PreprocessSpec, preprocessingKey } from '../images/preprocess';
import type { ViewKey } from '../images/random-view';
import type { OpenedModel } from '../models/shelf/opened-model';
import type { Work } from './work';

/** A random view of every image, whose features are kept in the cache or not. */
export interface TrainingView extends ViewKey {
  readonly kept: boolean;
}

/** Features of images by one model's tower and one preprocessing, from the cache where it has them. */
export class ImageEncoding {
  /** By view; a cache's index is read once, not at every request. */
  private readonly caches = new Map<string, Promise<FeatureCache>>();

  /** @param root folder of relative paths */
  constructor(
    private readonly opened: OpenedModel,
    readonly preprocess: PreprocessSpec,
    private readonly root: string,
  ) {}

  /**
   * @param view default: the test transform, kept
   * @throws CoopError of the device when the CPU fails too; the signal's reason
   */
  async encode(
    images: readonly ImageToEncode[],
    work: Work = {},
    view?: TrainingView,
  ): Promise<EncodeResult> {
    const { model, images: encoder } = this.opened;
    return encodeImages({
      images,
      root: this.root,
      preprocess: this.preprocess,
      ...(view === undefined ? {} : { view }),
      width: model.embedWidth,
      encoder: async () => encoder,
      cache: view?.kept === false ? null : await this.cache(view, work),
      ...(work.signal === undefined ? {} : { signal: work.signal }),
      ...(work.onProgress === undefined ? {} : { onProgress: work.onProgress }),
    });
  }

  /** How many of these images the cache does not have, by the test transform. */
  async missing(images: readonly ImageToEncode[], work: Work = {}): Promise<number> {
    const cache = await this.cache(undefined, work);
    return new Set(images.flatMap(({ hash }) => (cache.has(hash) ? [] : [hash]))).size;
  }

  private cache(view: TrainingView | undefined, { onWarning }: Work): Promise<FeatureCache> {
    const name = view === undefined ? 'test' : `random ${view.seed} ${view.number}`;
    const known = this.caches.get(name);
    if (known !== undefined) return known;
    const { hash: modelHash, model } = this.opened;
    const key = { modelHash, preprocessing: preprocessingKey(this.preprocess), view: name };
    const cache = openFeatureCache(key, model.embedWidth, onWarning === undefined ? {} : { onWarning });
    this.caches.set(name, cache);
    return cache;
  }
}
