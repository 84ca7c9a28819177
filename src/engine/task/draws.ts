import type { Part } from '../dataset/split';
import { type Dataset, type DatasetImage, imagesOf } from './load-dataset';
import { drawShots } from './shots';

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
  const paths = (images: readonly DatasetImage[]) => images.map(({ path }) => path);
  return {
    parts: {
      pool: paths(imagesOf(dataset, 'pool')),
      dev: paths(imagesOf(dataset, 'dev')),
      test: paths(imagesOf(dataset, 'test')),
    },
    draws: shots.flatMap(count =>
      seeds.map(seed => {
        const { train, val, perClass } = drawShots(dataset, count, seed);
        return { shots: count, seed, perClass, train: paths(train), val: paths(val) };
      }),
    ),
  };
}
