import { CoopError } from '../../shared/errors';
import { drawFewShot } from '../dataset/draw-shots';
import type { LabelledFeatures } from '../methods/linear-probe/logistic-regression';
import { imageFeatures } from '../task/image-features';
import type { Work } from '../task/work';
import type { RunMaterial } from './learn-run';

export interface TrainingImages {
  readonly labels: Int32Array;
  /** [images, E] of an epoch. */
  readonly features: Float32Array | ((epoch: number) => Promise<Float32Array>);
}

/** The shots of a seed, with the features that the recipe trains on. */
export function trainingImages(material: RunMaterial, seed: number, work: Work): TrainingImages {
  const { inputs, opened, project, dataset } = material;
  const { recipe } = inputs;
  if (recipe.name === 'cached') return storedShots(material, seed);
  const { images, labels } = shotsOf(material, seed);
  const views = recipe.name === 'views' ? (recipe.views ?? 1) : recipe.epochs;
  return {
    labels,
    features: async epoch => {
      const view = { seed, number: epoch % views, kept: recipe.name === 'views' };
      // Its progress would hide the epochs'.
      const quiet: Work = work.signal === undefined ? {} : { signal: work.signal };
      const encoded = await imageFeatures(project, dataset, opened, images, quiet, view);
      const [failed] = encoded.failed;
      if (failed !== undefined)
        throw new CoopError('image.unreadable', `${failed.path} can no longer be read: ${failed.detail}`, {
          subject: failed.path,
          next: 'Put the image back and resume the run, or scan again and start a new one.',
        });
      return encoded.features;
    },
  };
}

/** The shots of a seed as the test transform shows them, whatever the recipe trains on. */
export function storedShots(material: RunMaterial, seed: number): LabelledFeatures {
  const { pool, opened } = material;
  const width = opened.model.embedWidth;
  const { images, labels } = shotsOf(material, seed);
  const rowOf = new Map(pool.images.map((image, row) => [image, row]));
  const features = new Float32Array(images.length * width);
  for (const [at, image] of images.entries()) {
    const row = rowOf.get(image)!;
    features.set(pool.features.subarray(row * width, (row + 1) * width), at * width);
  }
  return { labels, features };
}

function shotsOf({ pool, inputs, dataset }: RunMaterial, seed: number) {
  const from = { pool: pool.images, dev: [], published: dataset.published };
  const { train: images } = drawFewShot(from, inputs.recipe.shots, seed);
  return { images, labels: Int32Array.from(images, ({ label }) => label) };
}
