import type { FailedImage } from '../features/encode-images';
import { type EncodedImages, encodedImages } from './encoded-images';
import type { ImageEncoding } from './image-encoding';
import type { DatasetImage } from './load-dataset';
import type { Work } from './work';

/** Features of a list of images, encoded from its beginning as far as someone asked, and kept in memory from then on. */
export class GrowingFeatures {
  private readonly features: Float32Array;
  private readonly failed: FailedImage[] = [];
  /** Images from the beginning that are done. */
  private done = 0;
  private growing: Promise<void> = Promise.resolve();

  /** @param width E */
  constructor(
    readonly images: readonly DatasetImage[],
    private readonly width: number,
    private readonly encoding: ImageEncoding,
  ) {
    this.features = new Float32Array(images.length * width);
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
    return encodedImages(
      count === this.images.length ? this.images : this.images.slice(0, count),
      this.features.subarray(0, count * this.width),
      this.width,
      this.failed.filter(({ index }) => index < count),
    );
  }

  private async grow(count: number, work: Work): Promise<void> {
    const from = this.done;
    if (from >= count) return;
    const { features, failed } = await this.encoding.encode(this.images.slice(from, count), work);
    this.features.set(features, from * this.width);
    this.failed.push(...failed.map(({ index, error }) => ({ index: from + index, error })));
    this.done = count;
  }
}
