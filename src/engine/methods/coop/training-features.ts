import type { PromptSpec } from '../../../shared/contracts/method-spec';
import { DEFAULT_VIEWS } from '../../../shared/contracts/recipes';
import { CoopError } from '../../../shared/errors';
import type { Shots } from '../../task/shots';
import type { Task } from '../../task/task';
import type { Work } from '../../task/work';

/**
 * Features of the shots as a recipe trains on them: [images, E], the same in every epoch or those of an epoch (from 0).
 * @throws CoopError `image.unreadable` in the epoch in which an image can no longer be read
 */
export function trainingFeatures(
  task: Task,
  spec: PromptSpec,
  seed: number,
  { images, features }: Shots,
  { signal }: Work,
): Float32Array | ((epoch: number) => Promise<Float32Array>) {
  if (spec.name === 'cached' || spec.name === 'fast') return features;
  const kept = spec.name === 'views';
  const views = viewsOf(spec);
  // Its progress would hide the epochs'.
  const quiet: Work = signal === undefined ? {} : { signal };
  return async epoch => {
    try {
      return await task.views(images, { seed, number: epoch % views, kept }, quiet);
    } catch (thrown) {
      if (!(thrown instanceof CoopError) || !thrown.code.startsWith('image.')) throw thrown;
      throw new CoopError('image.unreadable', `A training image can no longer be read: ${thrown.message}`, {
        ...(thrown.subject === undefined ? {} : { subject: thrown.subject }),
        next: 'Put the image back and resume the run, or scan again and start a new one.',
        cause: thrown,
      });
    }
  };
}

/** Views of each training image that are encoded besides the test transform. */
export function viewsOf({ name, views, epochs }: PromptSpec): number {
  if (name === 'cached' || name === 'fast') return 0;
  return name === 'views' ? (views ?? DEFAULT_VIEWS) : epochs;
}
