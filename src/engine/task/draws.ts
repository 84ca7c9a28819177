import { drawFewShot } from '../dataset/draw-shots';
import type { Part } from '../dataset/split';
import { type Dataset, type DatasetImage, drawnFrom, imagesOf } from './load-dataset';

/** What runs of a document would use: paths relative to the image folder. */
export interface Draws {
  readonly parts: Readonly<Record<Part, readonly string[]>>;
  readonly draws: readonly {
    readonly shots: number;
    readonly seed: number;
    readonly perClass: { readonly min: number; readonly max: number };
    readonly train: readonly string[];
    readonly val: readonly string[];
  }[];
}

export function drawsOf(dataset: Dataset, shots: readonly number[], seeds: readonly number[]): Draws {
  const from = drawnFrom(dataset);
  const paths = (images: readonly DatasetImage[]) => images.map(({ path }) => path);
  return {
    parts: { pool: paths(from.pool), dev: paths(from.dev), test: paths(imagesOf(dataset, 'test')) },
    draws: shots.flatMap(count =>
      seeds.map(seed => {
        const { train, val, perClass } = drawFewShot(from, count, seed);
        return { shots: count, seed, perClass, train: paths(train), val: paths(val) };
      }),
    ),
  };
}
