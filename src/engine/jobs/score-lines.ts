import path from 'node:path';
import type { LineScore, ScoredPart, ScoreResult, TargetScores } from '../../shared/contracts/protocol';
import { errorData } from '../../shared/errors';
import { requireParts } from '../dataset/split';
import { lineScore } from '../measure/line-score';
import { type EncodedImages, joinedImages } from '../task/encoded-images';
import type { Project } from '../task/open-project';
import { Target } from '../task/target';
import type { Task } from '../task/task';
import type { TaskShelf } from '../task/task-shelf';
import type { TextFeatures } from '../task/text-features';
import type { Work } from '../task/work';
import { inputWarnings } from './task-warnings';

/** A large folder answers from this many stratified images first, then from WIDENING times as many, and so on. */
const FIRST_IMAGES = 200;
const WIDENING = 4;
/** Text features of all lines, kept from one part of the images to the next; beyond, every line is scored once, on all. */
const MAX_TEXT_BYTES = 2 ** 29;

export interface ScoreRequest {
  readonly project: Project;
  readonly lines: readonly string[];
  readonly shelf: TaskShelf;
  /** Default: `dev`. */
  readonly part?: ScoredPart;
}

/**
 * Scores lines on the images of a part, dev by default: of dev first on a stratified part of them, then on more, at last on all. A line that cannot be
 * scored has its error in its own result; only what concerns all lines (images, model, baseline's split) is thrown.
 * @param onScore every line's score on every part of the images, as soon as it is known
 */
export async function scoreLines(
  { project, lines, shelf, part = 'dev' }: ScoreRequest,
  work: Work = {},
  onScore: (score: LineScore) => void = () => {},
): Promise<ScoreResult> {
  const started = performance.now();
  const task = await shelf.open(project, work);
  if (part !== 'all') requireParts(task.dataset.images, task.classes.names, [part]);
  const all = part === 'dev' ? task.images('dev').length : null;
  const texts: Texts = new Map();
  const few = lines.length * task.classes.names.length * task.model.embedWidth * 4 <= MAX_TEXT_BYTES;
  let last: { images: EncodedImages; scores: LineScore[] } | null = null;
  for (const size of all === null ? [null] : few ? widening(all) : [all]) {
    const images = await imagesOfPart(task, part, size, work);
    const scores: LineScore[] = [];
    let scored: ScoredImages | null = null;
    for (const [done, line] of lines.entries()) {
      work.onProgress?.({ message: 'Encoding prompts', done, total: lines.length, unit: 'templates' });
      await addTexts(line, texts, task, work);
      // Every line brings the baseline's texts with it.
      scored ??= await scoredImages(images, texts, task, work);
      const score = await scoreOf(line, texts, scored, size === all);
      work.signal?.throwIfAborted();
      scores.push(score);
      onScore(score);
      if (!few && line !== scored.baseline?.line) texts.delete(line);
    }
    last = { images, scores };
  }
  return {
    part,
    scores: last!.scores,
    fingerprint: task.fingerprint,
    images: last!.images.images.length,
    seconds: (performance.now() - started) / 1000,
    warnings: inputWarnings(task),
  };
}

async function imagesOfPart(
  task: Task,
  part: ScoredPart,
  size: number | null,
  work: Work,
): Promise<EncodedImages> {
  if (part !== 'all') return task.features(part, work, size ?? undefined);
  const parts: EncodedImages[] = [];
  for (const each of ['pool', 'dev', 'test'] as const) parts.push(await task.features(each, work));
  return joinedImages(parts);
}

/**
 * Scores lines on whole other folders, one after the other. All folders are looked at before anything is encoded.
 * @param folders absolute
 * @throws as `Target.open`
 */
export async function scoreTargets(
  { project, lines, shelf }: ScoreRequest,
  folders: readonly string[],
  work: Work = {},
): Promise<TargetScores[]> {
  const task = await shelf.open(project, work);
  const targets: Target[] = [];
  for (const folder of folders) targets.push(await Target.open(task, folder, work));
  const texts: Texts = new Map();
  const scores: TargetScores[] = [];
  for (const target of targets) {
    for (const line of lines) await addTexts(line, texts, task, work);
    const images = await target.features(work);
    const scored = await scoredImages(images, texts, task, work, target);
    const all: LineScore[] = [];
    for (const line of lines) all.push(await scoreOf(line, texts, scored, true));
    scores.push({
      folder: target.folder,
      images: images.images.length,
      classes: target.classes.length,
      ofClasses: task.classes.names.length,
      scores: all,
    });
  }
  return scores;
}

/** How many images are scored, one after the other; the last is all of them. */
export function widening(all: number): number[] {
  const sizes: number[] = [];
  for (let size = FIRST_IMAGES; size < all; size *= WIDENING) sizes.push(size);
  return [...sizes, all];
}

type Texts = Map<string, TextFeatures | { readonly error: unknown }>;

/** The text features of a line and of the baseline it is compared with, if they are not there yet. */
async function addTexts(line: string, texts: Texts, task: Task, work: Work): Promise<void> {
  const { signal } = work;
  const { baseline } = task.project.document;
  for (const wanted of [...(baseline === null ? [] : [baseline.line]), line]) {
    signal?.throwIfAborted();
    if (texts.has(wanted)) continue;
    try {
      texts.set(wanted, await task.text(wanted, work));
    } catch (error) {
      signal?.throwIfAborted();
      texts.set(wanted, { error });
    }
  }
}

/** What all lines share on one part of the images. */
interface ScoredImages {
  readonly task: Task;
  readonly images: EncodedImages;
  readonly classNames: readonly string[];
  readonly predictions: (texts: Float32Array) => Promise<Int32Array>;
  /** Absolute, in the order of the images. */
  readonly paths: readonly string[];
  /** The line that others are compared with, and its predictions; null without one, or when it cannot be scored. */
  readonly baseline: { readonly line: string; readonly predictions: Int32Array } | null;
}

/** @param target where the images are those of another folder */
async function scoredImages(
  images: EncodedImages,
  texts: Texts,
  task: Task,
  work: Work,
  target?: Target,
): Promise<ScoredImages> {
  const line = task.project.document.baseline?.line;
  const text = line === undefined ? undefined : texts.get(line);
  const predictions = async (of: Float32Array) =>
    target === undefined
      ? task.predictions(images, of, work)
      : target.answer(task.answer(images, of)).predictions;
  return {
    task,
    images,
    classNames: target?.classes ?? task.classes.names,
    predictions,
    paths: images.images.map(image => path.join(target?.folder ?? task.dataset.folder, image.path)),
    baseline:
      line === undefined || text === undefined || 'error' in text
        ? null
        : { line, predictions: await predictions(text.features) },
  };
}

async function scoreOf(
  line: string,
  texts: Texts,
  { task, images, classNames, predictions, paths, baseline }: ScoredImages,
  complete: boolean,
): Promise<LineScore> {
  const text = texts.get(line)!;
  const { fingerprint } = task;
  if ('error' in text) return { line, fingerprint, result: { ok: false, error: errorData(text.error) } };
  const isBaseline = line === baseline?.line;
  return {
    line,
    fingerprint,
    result: {
      ok: true,
      complete,
      tokens: {
        longest: text.longest.tokens,
        limit: task.model.contextLength,
        className: text.longest.className,
        text: text.longest.text,
      },
      ...lineScore({
        labels: images.labels,
        predictions: isBaseline ? baseline.predictions : await predictions(text.features),
        baseline: isBaseline ? null : (baseline?.predictions ?? null),
        classNames,
        paths,
      }),
    },
  };
}
