import { fastViews } from '../../../shared/contracts/fast-recipe';
import type { PromptSpec } from '../../../shared/contracts/method-spec';
import { DEFAULT_VIEWS } from '../../../shared/contracts/recipes';
import { CoopError } from '../../../shared/errors';
import type { TrainingView } from '../../task/image-encoding';
import type { Shots } from '../../task/shots';
import type { Task } from '../../task/task';
import type { Work } from '../../task/work';

/**
 * Features of the shots as a recipe with epochs trains on them: [images, E], the same in every epoch or those of an epoch
 * (from 0).
 * @throws CoopError `image.unreadable` in the epoch in which an image can no longer be read
 */
export function trainingFeatures(
  task: Task,
  spec: PromptSpec,
  seed: number,
  { images, features }: Shots,
  { signal }: Work,
): Float32Array | ((epoch: number) => Promise<Float32Array>) {
  if (spec.name === 'cached') return features;
  const kept = spec.name === 'views';
  const views = viewsOf(spec, images.length);
  // Its progress would hide the epochs'.
  const quiet: Work = signal === undefined ? {} : { signal };
  return epoch => viewed(task, images, { seed, number: epoch % views, kept }, quiet);
}

/**
 * The shots as the test transform shows them and in all random views of a recipe: [(1 + views) · images, E], view after
 * view, which are encoded once.
 * @throws CoopError `image.unreadable` when an image can no longer be read
 */
export async function featuresOfViews(
  task: Task,
  spec: PromptSpec,
  seed: number,
  { images, features }: Shots,
  work: Work,
): Promise<Float32Array> {
  const views = viewsOf(spec, images.length);
  const all = new Float32Array((1 + views) * features.length);
  all.set(features);
  for (let number = 0; number < views; number++) {
    const onProgress: Work['onProgress'] = progress => {
      const before = (number + 1) * images.length - progress.total;
      work.onProgress?.({ ...progress, done: before + progress.done, total: views * images.length });
    };
    const view = await viewed(task, images, { seed, number, kept: true }, { ...work, onProgress });
    all.set(view, (1 + number) * features.length);
  }
  return all;
}

async function viewed(
  task: Task,
  images: Shots['images'],
  view: TrainingView,
  work: Work,
): Promise<Float32Array> {
  try {
    return await task.views(images, view, work);
  } catch (thrown) {
    if (!(thrown instanceof CoopError) || !/^(image|file)\./.test(thrown.code)) throw thrown;
    throw new CoopError('image.unreadable', `A training image can no longer be read: ${thrown.message}`, {
      ...(thrown.subject === undefined ? {} : { subject: thrown.subject }),
      next: 'Put the image back and resume the run, or scan again and start a new one.',
      cause: thrown,
    });
  }
}

/** Views of each of a seed's training images that are encoded besides the test transform. */
export function viewsOf({ name, views, epochs }: PromptSpec, images: number): number {
  switch (name) {
    case 'cached':
      return 0;
    case 'paper':
      return epochs;
    case 'views':
      return views ?? DEFAULT_VIEWS;
    case 'fast':
      return views ?? fastViews(images);
  }
}
