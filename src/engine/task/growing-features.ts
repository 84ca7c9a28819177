import type { FailedImage } from '../features/encode-images';
import { type EncodedImages, encodedImages, type ImageRows } from './encoded-images';
import type { ImageEncoding } from './image-encoding';
import type { DatasetImage } from './load-dataset';
import type { Work } from './work';

/** Features of a list of images, encoded from its beginning as far as someone asked, and kept in memory from then on. */
export class GrowingFeatures {
  /** Made at the first request: of a large pool only the shots are ever asked for, which are encoded by themselves. */
  private made: ImageRows | null = null;
  private readonly failed: FailedImage[] = [];
  /** Images from the beginning that are done. */
  private done = 0;
  private growing: Promise<void> = Promise.resolve();

  constructor(
    readonly images: readonly DatasetImage[],
    private readonly encoding: ImageEncoding,
  ) {}

  private get rows(): ImageRows {
    const { features, pooled } = this.encoding.widths;
    this.made ??= {
      features: new Float32Array(this.images.length * features),
      pooled: new Float32Array(this.images.length * pooled),
    };
    return this.made;
  }

  /**
   * The first images of the list, all by default.
   * @throws as `ImageEncoding.encode`
   */
  async first(count = this.images.length, work: Work = {}): Promise<EncodedImages> {
    if (this.done < count) {
      // One after the other, so that none is encoded twice; who waits does not fail with the one before.
      const grown = this.growing.catch(() => undefined).then(() => this.grow(count, work));
      this.growing = grown;
      grown.catch(() => undefined);
      await grown;
    }
    const { widths } = this.encoding;
    return encodedImages(
      count === this.images.length ? this.images : this.images.slice(0, count),
      {
        features: this.rows.features.subarray(0, count * widths.features),
        pooled: this.rows.pooled.subarray(0, count * widths.pooled),
      },
      this.failed.filter(({ index }) => index < count),
    );
  }

  private async grow(count: number, work: Work): Promise<void> {
    const from = this.done;
    if (from >= count) return;
    const { widths } = this.encoding;
    const { features, pooled, failed } = await this.encoding.encode(this.images.slice(from, count), work);
    this.rows.features.set(features, from * widths.features);
    this.rows.pooled.set(pooled, from * widths.pooled);
    this.failed.push(...failed.map(({ index, error }) => ({ index: from + index, error })));
    this.done = count;
  }
}
