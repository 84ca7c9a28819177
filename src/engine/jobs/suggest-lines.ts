import type { Suggestion, SuggestRequest, SuggestResult } from '../../shared/contracts/suggest';
import type { Template } from '../../shared/template/syntax';
import { requireParts } from '../dataset/split';
import { accuracyOf } from '../measure/compare-answers';
import { correctShare } from '../measure/correct-share';
import { discordant } from '../measure/discordant';
import { holm } from '../measure/holm';
import { mcnemarExact } from '../measure/mcnemar';
import { manyTexts, templatesAtOnce } from '../task/many-texts';
import type { Project } from '../task/open-project';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { lineToImprove, publishedLines, suggestCandidates } from './suggest-candidates';
import { suggestEnsemble } from './suggest-ensemble';
import { inputWarnings } from './task-warnings';

/** Suggestions that are listed. */
const MOST_LISTED = 50;

/**
 * Tries other lines in a line's place, on dev images alone: every published template, every single edit of the line, and the
 * ensemble that forward selection finds among the published ones.
 * @param onScored told of candidates as soon as they are scored
 * @throws CoopError `template.syntax`; as `TaskShelf.open` and `Task.text`
 */
export async function suggestLines(
  project: Project,
  request: SuggestRequest,
  shelf: TaskShelf,
  work: Work = {},
  onScored: (suggestions: readonly Suggestion[]) => void = () => undefined,
): Promise<SuggestResult> {
  const started = performance.now();
  const base = lineToImprove(project, request.line);
  const task = await shelf.open(project, work);
  requireParts(task.dataset.images, task.classes.names, ['dev']);
  const dev = await task.features('dev', work);
  const { features } = await task.text(base.line, work);
  const { predictions } = task.answer(dev, features);
  const candidates = await suggestCandidates(base, request);
  const scored: Suggestion[] = [];
  const published: { readonly template: Template; readonly texts: Float32Array }[] = [];
  // The line is no suggestion for itself, but an ensemble may have it.
  if (request.lines === undefined && publishedLines().includes(base.line))
    published.push({ template: base, texts: features });
  const step = templatesAtOnce(task);
  for (let at = 0; at < candidates.length; at += step) {
    work.signal?.throwIfAborted();
    const part = candidates.slice(at, at + step);
    const texts = await manyTexts(
      task,
      part.map(({ template }) => template),
      false,
      work.signal,
    );
    const found = part.map(({ template, source }, i): Suggestion => {
      const own = task.answer(dev, texts[i]!).predictions;
      const { fixed, broken } = discordant(dev.labels, predictions, own);
      if (source === 'published') published.push({ template, texts: texts[i]! });
      return {
        line: template.line,
        source,
        accuracy: correctShare(own, dev.labels),
        difference: (fixed - broken) / dev.labels.length,
        p: mcnemarExact(broken, fixed),
      };
    });
    scored.push(...found);
    onScored(found);
    work.onProgress?.({
      message: 'Trying lines',
      done: scored.length,
      total: candidates.length,
      unit: 'candidates',
    });
  }
  const { ensemble, compared } = await suggestEnsemble(
    task,
    published.map(({ template }) => template),
    published.map(({ texts }) => texts),
    dev,
    predictions,
    work,
  );
  const adjusted = holm(scored.map(({ p }) => p));
  return {
    base: { line: base.line, accuracy: accuracyOf(dev.labels, [predictions]) },
    suggestions: scored
      .map((each, at) => ({ ...each, adjustedP: adjusted[at]! }))
      .sort((a, b) => b.accuracy - a.accuracy)
      .slice(0, MOST_LISTED),
    ensemble,
    compared: scored.length + compared,
    images: dev.images.length,
    seconds: (performance.now() - started) / 1000,
    warnings: inputWarnings(task),
  };
}
