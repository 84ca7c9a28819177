import { errorData } from '../../shared/errors';
import type { LineScore, ScoreResult } from '../../shared/protocol';
import { stratifiedFirst } from '../data/dataset-parts';
import { requireParts } from '../data/split';
import { lineScore } from '../score/line-score';
import { classify } from '../score/zero-shot';
import { type EncodedImages, imageFeatures } from './image-features';
import { type Dataset, imagesOf, loadDataset } from './load-dataset';
import { modelFolder, type Project } from './open-project';
import type { ModelShelf, OpenedModel } from './opened-model';
import { findLine } from './prompt-lines';
import { type TextFeatures, textFeatures } from './text-features';
import type { Work } from './work';

/** A large folder answers from this many stratified images first. */
const FIRST_IMAGES = 200;

export interface ScoreRequest {
  readonly project: Project;
  readonly lines: readonly string[];
  readonly shelf: ModelShelf;
}

/**
 * Scores lines on the dev images: first on a stratified part of them, then on all. A line that cannot be scored
 * has its error in its own result; only what concerns all lines (images, model, baseline's split) is thrown.
 */
export async function scoreLines(
  { project, lines, shelf }: ScoreRequest,
  work: Work = {},
  onPartial: (score: LineScore) => void = () => {},
): Promise<ScoreResult> {
  const started = performance.now();
  const dataset = await loadDataset(project, work);
  requireParts(dataset.images, dataset.classes.names, ['dev']);
  const opened = await shelf.open(modelFolder(project), project.document.directives.model!);
  const dev = stratifiedFirst(imagesOf(dataset, 'dev'));
  const texts = await textsOf(project, lines, opened, dataset, work);
  const score = (images: EncodedImages, complete: boolean) =>
    lines.map(line => scoreOf(line, texts, images, opened, dataset, project, complete));
  if (dev.length > FIRST_IMAGES) {
    const first = await imageFeatures(project, dataset, opened, dev.slice(0, FIRST_IMAGES), work);
    for (const partial of score(first, false)) onPartial(partial);
  }
  const images = await imageFeatures(project, dataset, opened, dev, work);
  return {
    scores: score(images, true),
    images: images.images.length,
    seconds: (performance.now() - started) / 1000,
  };
}

type Texts = ReadonlyMap<string, TextFeatures | { readonly error: unknown }>;

async function textsOf(
  project: Project,
  lines: readonly string[],
  opened: OpenedModel,
  dataset: Dataset,
  work: Work,
): Promise<Texts> {
  const { document, folder } = project;
  const wanted = new Set(lines);
  if (document.baseline !== null) wanted.add(document.baseline.line);
  const texts = new Map<string, TextFeatures | { readonly error: unknown }>();
  for (const line of wanted) {
    work.signal?.throwIfAborted();
    work.onProgress?.({
      message: 'Encoding prompts',
      done: texts.size,
      total: wanted.size,
      unit: 'templates',
    });
    try {
      texts.set(line, await textFeatures(opened, findLine(document, line), dataset.classes, folder));
    } catch (error) {
      texts.set(line, { error });
    }
  }
  return texts;
}

function scoreOf(
  line: string,
  texts: Texts,
  images: EncodedImages,
  opened: OpenedModel,
  dataset: Dataset,
  project: Project,
  complete: boolean,
): LineScore {
  const text = texts.get(line)!;
  if ('error' in text) return { line, result: { ok: false, error: errorData(text.error) } };
  const predict = ({ features }: TextFeatures) =>
    classify(images.features, features, opened.model.embedWidth, opened.model.logitScale).predictions;
  const baselineLine = project.document.baseline?.line;
  const baseline = baselineLine === undefined || baselineLine === line ? undefined : texts.get(baselineLine);
  return {
    line,
    result: {
      ok: true,
      complete,
      tokens: {
        longest: text.longest.tokens,
        limit: opened.model.contextLength,
        className: text.longest.className,
      },
      ...lineScore({
        labels: images.labels,
        predictions: predict(text),
        baseline: baseline === undefined || 'error' in baseline ? null : predict(baseline),
        classNames: dataset.classes.names,
      }),
    },
  };
}
