import type { Answered } from '../../shared/contracts/confidence';
import { CoopError } from '../../shared/errors';
import { selectiveAnswers } from '../measure/selective-answers';
import { fitTemperature, withTemperature } from '../measure/temperature';
import type { Task } from '../task/task';
import type { Work } from '../task/work';

/** How sure a line's answers are made by dev images. */
export interface LineCalibration {
  /** What logits are divided by. */
  readonly temperature: number;
  /** Calibrated probability from which on an answer is given; 0 for all. */
  readonly threshold: number;
  /** Dev images, and what the threshold leaves of them. */
  readonly images: number;
  readonly answered: Answered;
}

/**
 * Fits the temperature of a line on the document's dev images, which are encoded if they are not yet.
 * @param texts [classes, E] unit rows
 * @throws CoopError `usage` without dev images; as `Task.features`
 */
export async function lineCalibration(
  task: Task,
  texts: Float32Array,
  threshold: number,
  work: Work = {},
): Promise<LineCalibration> {
  const dev = await task.features('dev', work);
  const images = dev.labels.length;
  if (images === 0)
    throw new CoopError('usage', 'There is no dev image to calibrate confidence on.', {
      next: 'Ask without a threshold, or add images to the folder.',
    });
  const answers = task.answer(dev, texts);
  const temperature = fitTemperature(answers, dev.labels);
  const [answered] = selectiveAnswers(dev.labels, withTemperature(answers, temperature), [threshold]);
  return { temperature, threshold, images, answered: answered! };
}
