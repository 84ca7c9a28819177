import type { ImagePrediction, Prediction } from '../../shared/contracts/protocol';
import { withTemperature } from '../measure/temperature';
import type { Project } from '../task/open-project';
import { findLine } from '../task/prompt-lines';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { embedImages } from './embed';
import { type LineCalibration, lineCalibration } from './line-calibration';
import { modelWarnings } from './task-warnings';

export interface PredictRequest {
  readonly project: Project;
  /** What asks: a template, `@ensemble NAME` or `@use SET`. */
  readonly line: string;
  /** Absolute paths, or relative to the current folder. */
  readonly paths: readonly string[];
  /** Classes given per image, likeliest first. */
  readonly top: number;
  /** Below this probability, calibrated on dev images, the answer is none of the classes; absent: as the model says it. */
  readonly threshold?: number;
  readonly shelf: TaskShelf;
}

export interface PredictedImages {
  readonly predictions: readonly ImagePrediction[];
  /** Null without a threshold. */
  readonly calibration: LineCalibration | null;
}

/**
 * The likeliest of a document's classes for image files, prepared as the document's own images are.
 * @throws CoopError as TaskShelf.open, Task.text, embedImages and lineCalibration
 */
export async function predictImages(
  { project, line, paths, top, threshold, shelf }: PredictRequest,
  work: Work = {},
): Promise<PredictedImages> {
  const asked = findLine(project.document, line);
  const task = await shelf.open(project, work);
  for (const warning of modelWarnings(task.model)) work.onWarning?.(warning);
  const { classes } = task;
  const texts = await task.text(asked, work);
  const features = await embedImages(task.opened, paths, work, task.preprocess);
  const calibration =
    threshold === undefined ? null : await lineCalibration(task, texts.features, threshold, work);
  const answers = task.answer({ features }, texts.features);
  const { probabilities } =
    calibration === null ? answers : withTemperature(answers, calibration.temperature);
  const width = classes.names.length;
  const predictions = paths.map((path, at) => {
    const likely = likeliest(classes.names, probabilities.subarray(at * width, (at + 1) * width), top);
    const none = threshold !== undefined && likely[0]!.probability < threshold;
    return { path, classes: likely, ...(none ? { noneOfThese: true } : {}) };
  });
  return { predictions, calibration };
}

function likeliest(names: readonly string[], probabilities: Float64Array, top: number): Prediction[] {
  return names
    .map((name, label) => ({ name, probability: probabilities[label]! }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
}
