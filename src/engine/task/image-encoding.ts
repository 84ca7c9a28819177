import { type EncodeResult, encodeImages, type ImageToEncode } from '../features/encode-images';
import { type FeatureCache, openFeatureCache } from '../features/feature-cache';
import { type PreprocessSpec, preprocessingKey } from '../images/preprocess';
import type { ViewKey } from '../images/random-view';
import { encodedWidth } from '../models/encoders/image-encoder';
import type { OpenedModel } from '../models/shelf/opened-model';
import type { Work } from './work';

/** A random view of every image, whose features are kept in the cache or not. */
export interface TrainingView extends ViewKey {
  readonly kept: boolean;
}

export interface EncodedRows extends EncodeResult {
  /** [images, w] what the tower's projection read; empty where there is none, and of random views. */
  readonly pooled: Float32Array;
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

  /** Of one image by the test transform. */
  get widths(): { readonly features: number; readonly pooled: number } {
    const { model } = this.opened;
    return { features: model.embedWidth, pooled: encodedWidth(model) - model.embedWidth };
  }

  /**
   * @param view default: the test transform, kept
   * @throws CoopError of the device when the CPU fails too; the signal's reason
   */
  async encode(images: readonly ImageToEncode[], work: Work = {}, view?: TrainingView): Promise<EncodedRows> {
    const { model, images: encoder } = this.opened;
    const { features, failed } = await encodeImages({
      images,
      root: this.root,
      preprocess: this.preprocess,
      ...(view === undefined ? {} : { view }),
      width: this.width(view),
      encoder: async () => (view === undefined ? { encode: encoder.encodeBoth } : encoder),
      cache: view?.kept === false ? null : await this.cache(view, work),
      ...(work.signal === undefined ? {} : { signal: work.signal }),
      ...(work.onProgress === undefined ? {} : { onProgress: work.onProgress }),
    });
    const { embedWidth } = model;
    const whole = this.width(view);
    if (whole === embedWidth) return { features, pooled: new Float32Array(), failed };
    return {
      features: columns(features, whole, 0, embedWidth),
      pooled: columns(features, whole, embedWidth, whole),
      failed,
    };
  }

  private width(view: TrainingView | undefined): number {
    const { model } = this.opened;
    return view === undefined ? encodedWidth(model) : model.embedWidth;
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
    const { numbers: modelHash } = this.opened;
    const key = { modelHash, preprocessing: preprocessingKey(this.preprocess), view: name };
    const cache = openFeatureCache(key, this.width(view), onWarning === undefined ? {} : { onWarning });
    this.caches.set(name, cache);
    return cache;
  }
}

/** Columns from … to − 1 of rows of some width. */
function columns(values: Float32Array, width: number, from: number, to: number): Float32Array {
  const rows = values.length / width;
  const out = new Float32Array(rows * (to - from));
  for (let row = 0; row < rows; row++)
    out.set(values.subarray(row * width + from, row * width + to), row * (to - from));
  return out;
}
