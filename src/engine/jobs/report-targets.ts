import { learnedLine } from '../../files/runs/learned-line';
import { readReport } from '../../files/runs/read-report';
import { readInputs } from '../../files/runs/read-run';
import { FEATURE_METHODS, type FeatureSpec } from '../../shared/contracts/method-spec';
import type { Delta, PromptKind, Proportion } from '../../shared/contracts/report';
import { accuracyOf, deltaOf } from '../measure/compare-answers';
import { meanAndStd } from '../measure/over-seeds';
import { methodOf } from '../methods/methods';
import type { Classifier } from '../methods/parts/method';
import { scorableLines } from '../task/prompt-lines';
import { Target } from '../task/target';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { classifiersOfRun } from './classifiers-of-run';
import { kindOf } from './evidence';
import { askedLine, askedWith, learnedOnCpu } from './learn-on-cpu';
import { type OpenedRun, openInputs } from './open-run';

/** One way to answer, on a target. */
export interface TargetRow {
  readonly kind: PromptKind;
  readonly label: string;
  /** Of all seeds taken together. */
  readonly accuracy: Proportion;
  /** Of each seed, in their order; one for what is not learned. */
  readonly seeds: readonly number[];
  /** Sample standard deviation over seeds; absent for one. */
  readonly std?: number;
  /** Against the run's baseline on the same images; null on its own row. */
  readonly delta: Delta | null;
}

/** What a run's prompts answer about a whole other folder of the same classes. */
export interface TargetReport {
  /** Absolute. */
  readonly folder: string;
  readonly images: number;
  readonly classes: number;
  readonly ofClasses: number;
  readonly rows: readonly TargetRow[];
}

/** Something that answers, once for each seed. */
interface Contender {
  readonly kind: PromptKind;
  readonly label: string;
  readonly classifiers: readonly Classifier[];
}

/**
 * Tries a finished run on other folders: its baseline, its document's lines, every seed's prompt, and the
 * methods beside it in its report (Table 1 of the paper). Folders and their classes are looked at before anything is encoded.
 * @throws CoopError `run.missing`, `run.changed`; as `Target.open`
 */
export async function reportTargets(
  directory: string,
  folders: readonly string[],
  shelf: TaskShelf,
  work: Work = {},
): Promise<TargetReport[]> {
  const report = await readReport(directory);
  const run = await openInputs(await readInputs(directory), shelf, work);
  const targets: Target[] = [];
  for (const folder of folders) targets.push(await Target.open(run.task, folder, work));
  const titles = report.results.flatMap(({ kind, label }) => (kind === 'method' ? [label] : []));
  const contenders = await contendersOf(directory, run, new Set(titles), work);
  const reports: TargetReport[] = [];
  for (const target of targets) reports.push(await onTarget(run, target, contenders, work));
  return reports;
}

async function contendersOf(
  directory: string,
  run: OpenedRun,
  titles: ReadonlySet<string>,
  work: Work,
): Promise<Contender[]> {
  const { task, assignment, inputs } = run;
  const { baseline, template, spec } = assignment;
  const all = scorableLines(task.project.document);
  const others = all.filter(({ line }) => line !== baseline.line);
  const lines: Contender[] = [];
  for (const line of [baseline, ...others]) {
    const { features } = await task.text(line, work);
    lines.push({
      kind: kindOf(line),
      label: line.line,
      classifiers: [{ answer: images => task.answer(images, features) }],
    });
  }
  const learned = await classifiersOfRun(directory, task, template, spec.seeds);
  const rows: Contender[] = [];
  for (const method of FEATURE_METHODS) {
    const own: FeatureSpec = { method, shots: spec.shots, seeds: spec.seeds };
    const { title } = methodOf(own);
    if (!titles.has(title)) continue;
    const asBaseline = { ...assignment, spec: own };
    const { classifiers, learned: adapted } = await learnedOnCpu(task, asBaseline, work);
    rows.push({ kind: 'method', label: title, classifiers });
    for (const line of others) {
      const label = askedWith(title, line);
      if (titles.has(label))
        rows.push({ kind: 'method', label, classifiers: await askedLine(task, asBaseline, adapted, line) });
    }
  }
  return [
    ...lines,
    ...rows,
    { kind: 'learned', label: await learnedLine(directory, inputs), classifiers: learned },
  ];
}

async function onTarget(
  { task }: OpenedRun,
  target: Target,
  contenders: readonly Contender[],
  work: Work,
): Promise<TargetReport> {
  const images = await target.features(work);
  const { labels } = images;
  let base: Int32Array | null = null;
  const rows: TargetRow[] = [];
  for (const { kind, label, classifiers } of contenders) {
    const answers = classifiers.map(classifier => target.answer(classifier.answer(images)).predictions);
    const seeds = answers.map(each => accuracyOf(labels, [each]).value);
    rows.push({
      kind,
      label,
      accuracy: accuracyOf(labels, answers),
      seeds,
      ...(seeds.length === 1 ? {} : { std: meanAndStd(seeds).std }),
      delta: base === null ? null : deltaOf(labels, base, answers),
    });
    base ??= answers[0]!;
  }
  return {
    folder: target.folder,
    images: images.images.length,
    classes: target.classes.length,
    ofClasses: task.classes.names.length,
    rows,
  };
}
