import { readReport } from '../../files/runs/read-report';
import type { AnswersToWrite } from '../../files/runs/run-answers';
import { readAnswers } from '../../files/runs/run-answers';
import { FEATURE_METHODS, type FeatureSpec } from '../../shared/contracts/method-spec';
import type { PromptResult, Report } from '../../shared/contracts/report';
import type { RunAnswers } from '../../shared/contracts/run-answers';
import { CoopError } from '../../shared/errors';
import { methodOf } from '../methods/methods';
import type { Classifier } from '../methods/parts/method';
import type { Work } from '../task/work';
import type { Evidence } from './evidence';
import { askedLine, askedWith, learnedOnCpu } from './learn-on-cpu';
import { methodsBeside } from './methods-beside';
import type { OpenedRun } from './open-run';

export type AnsweredRow = AnswersToWrite['rows'][number];

/** What other methods on the same shots gave, and which are still to come. */
export interface Comparisons {
  readonly rows: readonly PromptResult[];
  readonly answered: readonly AnsweredRow[];
  readonly leftOut: readonly string[];
  readonly unfitted: readonly FeatureSpec['method'][];
}

/** None are fitted; all are to come. */
const NO_COMPARISONS: Comparisons = {
  rows: [],
  answered: [],
  leftOut: [],
  unfitted: FEATURE_METHODS,
};

/** The report with them in its table. */
export function withComparisons(report: Report, { rows, leftOut, unfitted }: Comparisons): Report {
  return {
    ...report,
    results: [...report.results.slice(0, -1), ...rows, ...report.results.slice(-1)],
    ...(leftOut.length === 0 ? {} : { leftOut }),
    ...(unfitted.length === 0 ? {} : { unfitted }),
  };
}

/** What an earlier process fitted for the very same run; nothing where it did not come so far. */
export async function fittedBefore(directory: string): Promise<Comparisons> {
  try {
    const { results, leftOut = [], unfitted } = await readReport(directory);
    if (unfitted === undefined) return NO_COMPARISONS;
    const answers = await readAnswers(directory);
    const rows = results.filter(({ kind }) => kind === 'method');
    const answered = answers.rows.flatMap(row => (row.kind === 'method' ? [asComputed(row, answers)] : []));
    const whole = rows.every(({ label }) => answered.some(answer => answer.label === label));
    return whole ? { rows, answered, leftOut, unfitted } : NO_COMPARISONS;
  } catch {
    // It is only time that is lost.
    return NO_COMPARISONS;
  }
}

/** @throws CoopError `run.corrupt` where the file kept the likeliest classes alone */
function asComputed(row: RunAnswers['rows'][number], { classes }: RunAnswers): AnsweredRow {
  const of = ({ answers, probabilities, likeliest }: RunAnswers['rows'][number]['dev']) => {
    if (likeliest !== undefined) throw new CoopError('run.corrupt', 'Not every probability was kept.');
    const flat = new Float64Array(answers.length * classes.length);
    for (const [i, shares] of probabilities.entries()) flat.set(shares, i * classes.length);
    return { predictions: Int32Array.from(answers), probabilities: flat };
  };
  return { ...row, dev: of(row.dev), test: of(row.test) };
}

/**
 * Fits the other methods one after the other, each on the same shots of the same seeds.
 * @param known what was fitted before
 * @param onFitted called after each; a run that is stopped meanwhile ends without the rest, which is no error
 */
export async function fitComparisons(
  { task, assignment }: OpenedRun,
  evidence: Evidence,
  bestLine: string | undefined,
  known: Comparisons,
  onFitted: (comparisons: Comparisons) => Promise<void>,
  work: Work,
): Promise<void> {
  let now = known;
  for (const spec of methodsBeside(assignment.spec)) {
    if (!known.unfitted.includes(spec.method)) continue;
    const unfitted = now.unfitted.filter(method => method !== spec.method);
    try {
      const { rows, answered } = await fitted(spec, { task, assignment, evidence }, bestLine, work);
      now = { ...now, rows: [...now.rows, ...rows], answered: [...now.answered, ...answered], unfitted };
    } catch (thrown) {
      // What was fitted so far is written, and what is still to come with it.
      if (work.signal?.aborted === true) return;
      if (!(thrown instanceof CoopError)) throw thrown;
      const { title } = methodOf(spec);
      now = { ...now, leftOut: [...now.leftOut, `There is no ${title}: ${thrown.message}`], unfitted };
    }
    await onFitted(now);
  }
}

async function fitted(
  spec: FeatureSpec,
  { task, assignment, evidence }: Pick<OpenedRun, 'task' | 'assignment'> & { readonly evidence: Evidence },
  bestLine: string | undefined,
  work: Work,
): Promise<Pick<Comparisons, 'rows' | 'answered'>> {
  const rows: PromptResult[] = [];
  const answered: AnsweredRow[] = [];
  const add = (label: string, note: string, classifiers: readonly Classifier[]) => {
    const answers = classifiers.map(classifier => evidence.answersOf(classifier));
    for (const [at, one] of answers.entries())
      answered.push({ kind: 'method', label, seed: spec.seeds[at]!, ...one });
    rows.push({ ...evidence.row('method', label, answers), note });
  };
  const { title, asksAnyLine } = methodOf(spec);
  const own = { ...assignment, spec };
  const { note, classifiers, learned } = await learnedOnCpu(task, own, work);
  add(title, note, classifiers);
  const other = evidence.lines.find(({ line }) => line.line === bestLine)?.line;
  if (asksAnyLine === true && other !== undefined && other.line !== assignment.baseline.line)
    add(
      askedWith(title, other),
      `What ${title} adapted is asked the hand-written line that is best on dev images, too.`,
      await askedLine(task, own, learned, other),
    );
  return { rows, answered };
}
