import type { SeedResult } from '../../shared/contracts/report';
import type { Selection } from '../../shared/contracts/selection';
import { accuracyOf, deltaOf } from '../measure/compare-answers';
import { meanAndStd } from '../measure/over-seeds';
import { methodOf } from '../methods/methods';
import type { Learned } from '../methods/parts/method';
import { averagedLine, type PromptLine, templateLine } from '../task/prompt-lines';
import type { Task } from '../task/task';
import type { Answers, Evidence } from './evidence';
import type { OpenedRun } from './open-run';

/** Lines that nobody chose, beside one that was chosen. */
export const RANDOM_LINES = 20;

/** What a seed has found where its method's result is plain lines, and how far it is to be believed; nothing of others. */
export async function foundLines(
  { task, assignment }: OpenedRun,
  learned: Learned,
  answers: Answers,
  evidence: Evidence,
): Promise<Pick<SeedResult, 'lines' | 'selection'>> {
  const { plain } = methodOf(assignment.spec);
  if (plain === undefined) return {};
  const { candidates = 0, compared = 1 } = learned.figures;
  const random = await plain.random(RANDOM_LINES, learned, assignment);
  const lines = random.map(templateLine);
  return {
    lines: plain.found(learned, assignment).map(({ line }) => line),
    selection: {
      candidates,
      compared,
      dev: devGain(evidence, answers, compared),
      random: await randomLines(task, evidence, answers, lines),
    },
  };
}

/** The answers of all lines that were found, averaged as an ensemble; null where there is one alone, or none. */
export async function ensembleOf(
  { task, assignment }: OpenedRun,
  learned: Learned,
  evidence: Evidence,
): Promise<{ readonly lines: number; readonly answers: Answers } | null> {
  const templates = methodOf(assignment.spec).plain?.found(learned, assignment) ?? [];
  if (templates.length < 2) return null;
  const { features } = await task.text(averagedLine(templates));
  return {
    lines: templates.length,
    answers: evidence.answersOf({ answer: images => task.answer(images, features) }),
  };
}

/**
 * What is said of the line that Apply takes: where several seeds have found lines, it is the best of all of theirs.
 * @param selections of every seed
 * @param chosen which of them is best on dev images
 */
export function selectionOverSeeds(selections: readonly Selection[], chosen: number): Selection {
  const sum = (of: (selection: Selection) => number) =>
    selections.reduce((all, selection) => all + of(selection), 0);
  const [candidates, compared] = [sum(each => each.candidates), sum(each => each.compared)];
  const { dev, random } = selections[chosen]!;
  return { candidates, compared, dev: { ...dev, adjustedP: bestOf(dev.p, compared) }, random };
}

/** Dev images chose the line, so that its p there is corrected for the best of `compared`. */
export function devGain(
  { dev, baseline }: Pick<Evidence, 'dev' | 'baseline'>,
  answers: Answers,
  compared: number,
): Selection['dev'] {
  const { difference, p } = deltaOf(dev.labels, baseline.dev.predictions, [answers.dev.predictions]);
  return { difference, p, adjustedP: bestOf(p, compared) };
}

/** p of the best of so many: of the smallest one Holm's correction is Bonferroni's. */
const bestOf = (p: number, compared: number): number => Math.min(1, Math.max(1, compared) * p);

/** What lines that nobody chose give on test images. */
export async function randomLines(
  task: Task,
  { test }: Pick<Evidence, 'test'>,
  chosen: Pick<Answers, 'test'>,
  lines: readonly PromptLine[],
): Promise<Selection['random']> {
  const own = accuracyOf(test.labels, [chosen.test.predictions]).value;
  const accuracies: number[] = [];
  for (const line of lines) {
    const { features } = await task.text(line);
    accuracies.push(accuracyOf(test.labels, [task.answer(test, features).predictions]).value);
  }
  const { mean, std } = meanAndStd(accuracies);
  return {
    lines: lines.length,
    mean,
    std,
    atLeast: accuracies.filter(accuracy => accuracy >= own).length / Math.max(1, lines.length),
  };
}
