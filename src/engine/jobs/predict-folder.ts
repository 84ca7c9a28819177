import { checkNewList, type Guess, writeLabels } from '../dataset/write-labels';
import { ImageEncoding } from '../task/image-encoding';
import { imagesPath, type Project } from '../task/open-project';
import { findLine } from '../task/prompt-lines';
import { RecentFeatures } from '../task/recent-features';
import { scanDocument } from '../task/scan-document';
import { Task } from '../task/task';
import type { TaskShelf } from '../task/task-shelf';
import { unlabelledDataset } from '../task/unlabelled';
import type { Work } from '../task/work';
import { modelWarnings } from './task-warnings';

export interface FolderRequest {
  /** Names the images and the model. */
  readonly project: Project;
  /** What an image may show. */
  readonly names: readonly string[];
  /** A template of the document, or any other. */
  readonly line: string;
  /** The list to write, absolute; not there yet. */
  readonly file: string;
  readonly shelf: TaskShelf;
}

/**
 * Writes a list of a folder's images, “file,label,probability”, with the likeliest of the named classes for each: what can be
 * had of images without labels, and a beginning of the labels.
 * @returns how many stand in it, and how many could not be read
 * @throws CoopError as `scanDocument`, `unlabelledDataset`, `writeLabels`, `Task.text`; the signal's reason
 */
export async function predictFolder(
  { project, names, line, file, shelf }: FolderRequest,
  work: Work = {},
): Promise<{ readonly images: number; readonly failed: number }> {
  const scan = await scanDocument(project, work);
  const dataset = unlabelledDataset(scan, names);
  // Before minutes of work that no list could keep.
  checkNewList(scan, file);
  const task = Task.of(project, dataset, await shelf.model(project), new RecentFeatures());
  for (const warning of modelWarnings(task.model)) work.onWarning?.(warning);
  const texts = await task.text(findLine(project.document, line), work);
  const encoding = new ImageEncoding(task.opened, task.preprocess, imagesPath(project));
  const { features, failed } = await encoding.encode(scan.images, work);
  const width = task.model.embedWidth;
  const broken = new Set(failed.map(({ index }) => index));
  const { names: known } = task.classes;
  const guesses = new Map<string, Guess>();
  for (const [row, { path }] of scan.images.entries()) {
    // Their rows are zeros.
    if (broken.has(row)) continue;
    const own = { features: features.subarray(row * width, (row + 1) * width) };
    const { predictions, probabilities } = task.answer(own, texts.features);
    const label = predictions[0]!;
    guesses.set(path, { name: known[label]!, probability: probabilities[label]! });
  }
  await writeLabels(scan, file, guesses);
  return { images: guesses.size, failed: failed.length };
}
