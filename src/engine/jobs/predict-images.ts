import type { ImagePrediction, Prediction } from '../../shared/contracts/protocol';
import { classify } from '../measure/zero-shot';
import type { ModelShelf } from '../models/shelf/opened-model';
import { loadDataset } from '../task/load-dataset';
import { modelFolder, type Project } from '../task/open-project';
import { findLine } from '../task/prompt-lines';
import { textFeatures } from '../task/text-features';
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
  readonly shelf: ModelShelf;
}

/**
 * The likeliest of a document's classes for image files, prepared as the document's own images are.
 * @throws CoopError as loadDataset, openModel, textFeatures and embedImages
 */
export async function predictImages(
  { project, line, paths, top, shelf }: PredictRequest,
  work: Work = {},
): Promise<readonly ImagePrediction[]> {
  const { document, folder } = project;
  const asked = findLine(document, line);
  const { classes } = await loadDataset(project, work);
  const opened = await shelf.open(modelFolder(project), document.directives.model!);
  const { model } = opened;
  const texts = await textFeatures(opened, asked, classes, folder);
  const images = await embedImages(opened, paths, work, {
    ...model.preprocess,
    exif: document.directives.exif,
  });
  const { probabilities } = classify(images, texts.features, model.embedWidth, model.logitScale);
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
