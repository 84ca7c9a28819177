import path from 'node:path';
import type { LineScore, ScoreResult } from '../../shared/contracts/protocol';
import { errorData } from '../../shared/errors';
import { stratifiedFirst } from '../dataset/dataset-parts';
import { requireParts } from '../dataset/split';
import { lineScore } from '../measure/line-score';
import { classify } from '../measure/zero-shot';
import type { ModelShelf, OpenedModel } from '../models/shelf/opened-model';
import { type EncodedImages, imageFeatures } from '../task/image-features';
import { type Dataset, imagesOf, loadDataset } from '../task/load-dataset';
import { modelFolder, type Project } from '../task/open-project';
import { findLine } from '../task/prompt-lines';
import { type TextFeatures, textFeatures } from '../task/text-features';
import type { Work } from '../task/work';

/** A large folder answers from this many stratified images first, then from WIDENING times as many, and so on. */
const FIRST_IMAGES = 200;
const WIDENING = 4;

export interface ScoreRequest {
  readonly project: Project;
  readonly lines: readonly string[];
  readonly shelf: ModelShelf;
}

/**
 * Scores lines on the dev images: first on a stratified part of them, then on more, at last on all. A line that cannot be
 * scored has its error in its own result; only what concerns all lines (images, model, baseline's split) is thrown.
 * @param onScore every line's score on every part of the images, as soon as it is known
 */
export async function scoreLines(
  { project, lines, shelf }: ScoreRequest,
  work: Work = {},
  onScore: (score: LineScore) => void = () => {},
): Promise<ScoreResult> {
  const started = performance.now();
  const dataset = await loadDataset(project, work);
  requireParts(dataset.images, dataset.classes.names, ['dev']);
  const opened = await shelf.open(modelFolder(project), project.document.directives.model!);
  const dev = stratifiedFirst(imagesOf(dataset, 'dev'));
  const texts: Texts = new Map();
  let last: { images: EncodedImages; scores: LineScore[] } | null = null;
  for (const size of widening(dev.length)) {
    const images = await imageFeatures(project, dataset, opened, dev.slice(0, size), work);
    const scores: LineScore[] = [];
    let scored: ScoredImages | null = null;
    for (const [done, line] of lines.entries()) {
      work.onProgress?.({ message: 'Encoding prompts', done, total: lines.length, unit: 'templates' });
      await addTexts(line, texts, project, opened, dataset, work);
      // Every line brings the baseline's texts with it.
      scored ??= scoredImages(images, texts, opened, dataset, project);
      const score = scoreOf(line, texts, scored, size === dev.length);
      scores.push(score);
      onScore(score);
    }
    last = { images, scores };
  }
  return {
    scores: last!.scores,
    images: last!.images.images.length,
    seconds: (performance.now() - started) / 1000,
  };
}

/** How many images are scored, one after the other; the last is all of them. */
export function widening(all: number): number[] {
  const sizes: number[] = [];
  for (let size = FIRST_IMAGES; size < all; size *= WIDENING) sizes.push(size);
  return [...sizes, all];
}

type Texts = Map<string, TextFeatures | { readonly error: unknown }>;

/** The text features of a line and of the baseline it is compared with, if they are not there yet. */
async function addTexts(
  line: string,
  texts: Texts,
  { document, folder }: Project,
  opened: OpenedModel,
  { classes }: Dataset,
  { signal }: Work,
): Promise<void> {
  const baseline = document.baseline === null ? [] : [document.baseline.line];
  for (const wanted of [...baseline, line]) {
    signal?.throwIfAborted();
    if (texts.has(wanted)) continue;
    try {
      texts.set(wanted, await textFeatures(opened, findLine(document, wanted), classes, folder, signal));
    } catch (error) {
      signal?.throwIfAborted();
      texts.set(wanted, { error });
    }
  }
}

/** What all lines share on one part of the images. */
interface ScoredImages {
  readonly opened: OpenedModel;
  readonly images: EncodedImages;
  readonly classNames: readonly string[];
  /** Absolute, in the order of the images. */
  readonly paths: readonly string[];
  /** The line that others are compared with, and its predictions; null without one, or when it cannot be scored. */
  readonly baseline: { readonly line: string; readonly predictions: Int32Array } | null;
}

function scoredImages(
  images: EncodedImages,
  texts: Texts,
  opened: OpenedModel,
  { folder, classes }: Dataset,
  { document }: Project,
): ScoredImages {
  const line = document.baseline?.line;
  const text = line === undefined ? undefined : texts.get(line);
  return {
    opened,
    images,
    classNames: classes.names,
    paths: images.images.map(image => path.join(folder, image.path)),
    baseline:
      line === undefined || text === undefined || 'error' in text
        ? null
        : { line, predictions: predict(images, text, opened) },
  };
}

function scoreOf(
  line: string,
  texts: Texts,
  { opened, images, classNames, paths, baseline }: ScoredImages,
  complete: boolean,
): LineScore {
  const text = texts.get(line)!;
  if ('error' in text) return { line, result: { ok: false, error: errorData(text.error) } };
  const isBaseline = line === baseline?.line;
  return {
    line,
    result: {
      ok: true,
      complete,
      tokens: {
        longest: text.longest.tokens,
        limit: opened.model.contextLength,
        className: text.longest.className,
        text: text.longest.text,
      },
      ...lineScore({
        labels: images.labels,
        predictions: isBaseline ? baseline.predictions : predict(images, text, opened),
        baseline: isBaseline ? null : (baseline?.predictions ?? null),
        classNames,
        paths,
      }),
    },
  };
}

function predict(images: EncodedImages, { features }: TextFeatures, { model }: OpenedModel): Int32Array {
  return classify(images.features, features, model.embedWidth, model.logitScale).predictions;
}
