import type { ImagePrediction, Prediction } from '../../shared/contracts/protocol';
import type { Project } from '../task/open-project';
import { findLine } from '../task/prompt-lines';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { embedImages } from './embed';

export interface PredictRequest {
  readonly project: Project;
  /** What asks: a template, `@ensemble NAME` or `@use SET`. */
  readonly line: string;
  /** Absolute paths, or relative to the current folder. */
  readonly paths: readonly string[];
  /** Classes given per image, likeliest first. */
  readonly top: number;
  readonly shelf: TaskShelf;
}

/**
 * The likeliest of a document's classes for image files, prepared as the document's own images are.
 * @throws CoopError as TaskShelf.open, Task.text and embedImages
 */
export async function predictImages(
  { project, line, paths, top, shelf }: PredictRequest,
  work: Work = {},
): Promise<readonly ImagePrediction[]> {
  const asked = findLine(project.document, line);
  const task = await shelf.open(project, work);
  const { classes } = task;
  const texts = await task.text(asked, work);
  const features = await embedImages(task.opened, paths, work, task.preprocess);
  const { probabilities } = task.answer({ features }, texts.features);
  const width = classes.names.length;
  return paths.map((path, at) => ({
    path,
    classes: likeliest(classes.names, probabilities.subarray(at * width, (at + 1) * width), top),
  }));
}

function likeliest(names: readonly string[], probabilities: Float64Array, top: number): Prediction[] {
  return names
    .map((name, label) => ({ name, probability: probabilities[label]! }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
}
