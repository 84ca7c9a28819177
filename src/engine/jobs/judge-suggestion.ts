import type { JudgedSuggestion, SuggestRequest } from '../../shared/contracts/suggest';
import { requireParts } from '../dataset/split';
import { accuracyOf, deltaOf } from '../measure/compare-answers';
import { pythonRandom } from '../random/mersenne-twister';
import type { Project } from '../task/open-project';
import { averagedLine, findLine, type PromptLine, templateLine } from '../task/prompt-lines';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { devGain, RANDOM_LINES, randomLines } from './found-lines';
import { lineToImprove, suggestCandidates } from './suggest-candidates';

/** The same random candidates whenever a line is judged. */
const RANDOM_SEED = 1;

interface Chosen {
  /** The chosen one, or several that are averaged. */
  readonly lines: readonly string[];
  /** Lines and ensembles that it was chosen from. */
  readonly compared: number;
}

/**
 * What a line that was chosen on dev images gives on test images, which nothing before has read.
 * @throws CoopError `template.syntax`; as `TaskShelf.open`
 */
export async function judgeSuggestion(
  project: Project,
  { lines, compared, ...request }: SuggestRequest & Chosen,
  shelf: TaskShelf,
  work: Work = {},
): Promise<JudgedSuggestion> {
  const base = lineToImprove(project, request.line);
  const task = await shelf.open(project, work);
  requireParts(task.dataset.images, task.classes.names, ['dev', 'test']);
  const [dev, test] = [await task.features('dev', work), await task.features('test', work)];
  const answersOf = async (line: PromptLine) => {
    const { features } = await task.text(line, work);
    return { dev: task.answer(dev, features), test: task.answer(test, features) };
  };
  const templates = lines.map(line => lineToImprove(project, line));
  const chosen = await answersOf(averagedLine(templates));
  const baseline = await answersOf(findLine(project.document, base.line));
  const candidates = await suggestCandidates(base, request);
  const random = pythonRandom(RANDOM_SEED)
    .sample(candidates, Math.min(RANDOM_LINES, candidates.length))
    .map(({ template }) => templateLine(template));
  return {
    accuracy: accuracyOf(test.labels, [chosen.test.predictions]),
    delta: deltaOf(test.labels, baseline.test.predictions, [chosen.test.predictions]),
    selection: {
      candidates: compared,
      compared: compared,
      dev: devGain({ dev, baseline }, chosen, compared),
      random: await randomLines(task, { test }, chosen, random),
    },
  };
}
