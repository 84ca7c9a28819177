import * as v from 'valibot';
import { CoopError } from '../errors';
import { boundedValues } from './bounded-values';
import { Confidence } from './confidence';
import { FEATURE_METHODS, RunSpec } from './method-spec';
import { PRECISIONS } from './precision';
import { Selection } from './selection';
import { check, count, finite, formatOf, type Immutable, parseJson, share, storedText, time } from './stored';

/** `report.json` of a run: what was gained on test images that nothing else had read. All fractions are 0…1. */
export const REPORT_FORMAT = 2;
/** A test image takes five and one for each seed, a pair of classes two: ImageNet's half a million and its thousand classes fit (CWE-770). */
export const MAX_REPORT_VALUES = 6_000_000;

/** `method`: another way to learn from the same shots, such as the linear probe, which version 0.1 named itself. */
export const PromptKind = v.pipe(
  v.picklist(['template', 'ensemble', 'learned', 'method', 'linear-probe']),
  v.transform(kind => (kind === 'linear-probe' ? 'method' : kind)),
);
export type PromptKind = v.InferOutput<typeof PromptKind>;

/** A proportion with its 95 % Wilson interval. */
export const Proportion = v.object({ value: share, low: share, high: share, n: count });
export type Proportion = Immutable<v.InferOutput<typeof Proportion>>;

export const Metrics = v.object({
  accuracy: Proportion,
  top5: share,
  macroF1: share,
  balancedAccuracy: share,
  /** Expected calibration error, 15 bins. */
  ece: share,
});
export type Metrics = Immutable<v.InferOutput<typeof Metrics>>;

/** Paired difference in accuracy on the same n images. */
export const Delta = v.object({
  /** Difference of the accuracies, −1…1 (0.041 is "+4.1 pts"). */
  difference: finite,
  /** 95 % paired bootstrap interval. */
  low: finite,
  high: finite,
  n: count,
  /** Images that only the new prompt gets right / only the baseline got right; rounded means over several seeds. */
  fixed: count,
  broken: count,
  /** Two-sided: McNemar's exact test, or where several seeds are taken together the share of the resampling. */
  p: share,
  /** How many seeds are taken together: difference and interval are then over seeds and images; absent for one. */
  seeds: v.exactOptional(count),
});
export type Delta = Immutable<v.InferOutput<typeof Delta>>;

/** One row of the report's table. */
export const PromptResult = v.object({
  kind: PromptKind,
  /** The template line, ensemble name, or the method's. */
  label: v.string(),
  /** What a reader needs to know of it, as sentences. */
  note: v.exactOptional(v.string()),
  dev: v.nullable(Proportion),
  /** Means where several seeds are taken together. */
  test: Metrics,
  /** Sample standard deviation of the test accuracy over seeds; absent for one. */
  std: v.exactOptional(finite),
  /** Against the baseline, on the same test images; null on the baseline's own row. */
  delta: v.nullable(Delta),
  /** True for the one hand-written line, template or ensemble, with the best dev accuracy. */
  bestOnDev: v.exactOptional(v.boolean()),
});
export type PromptResult = Immutable<v.InferOutput<typeof PromptResult>>;

export const ClassResult = v.object({ name: v.string(), n: count, baseline: share, learned: share });
export type ClassResult = Immutable<v.InferOutput<typeof ClassResult>>;

/** A test image and what both prompts answered. Class values are indices into `classes`. */
export const TestImage = v.object({
  /** Relative to `imagesFolder`. */
  path: v.string(),
  label: count,
  baseline: count,
  learned: count,
});
export type TestImage = Immutable<v.InferOutput<typeof TestImage>>;

export const SeedResult = v.object({
  seed: count,
  dev: Proportion,
  test: Proportion,
  delta: Delta,
  finalLoss: finite,
  /** Of the text tower for all classes, those for choosing included; absent in reports of version 0.1. */
  evaluations: v.exactOptional(count),
  /** Of words: the plain lines that it found, the best on dev first, and how far that one is to be believed. */
  lines: v.exactOptional(v.array(v.string())),
  selection: v.exactOptional(Selection),
  /** Its answer on every test image, as an index into `classes`; absent in reports of version 0.1. */
  answers: v.exactOptional(v.array(count)),
});
export type SeedResult = Immutable<v.InferOutput<typeof SeedResult>>;

export const NearestWords = v.object({
  /** Slot and vector, 1-based, as the template counts them; the class for class-specific slots. */
  slot: count,
  vector: count,
  className: v.exactOptional(v.string()),
  /** Decoded vocabulary entries with Euclidean distance in embedding space, nearest first. */
  words: v.array(v.object({ text: v.string(), distance: finite })),
});
export type NearestWords = Immutable<v.InferOutput<typeof NearestWords>>;

export const Provenance = v.object({
  version: v.string(),
  recipe: RunSpec,
  device: v.string(),
  threads: count,
  /** How the model's weights were held; absent for float32. */
  precision: v.exactOptional(v.picklist(PRECISIONS)),
  model: v.string(),
  modelHash: v.string(),
  datasetHash: v.string(),
  classesHash: v.string(),
  preprocessing: v.string(),
  split: v.string(),
  counts: v.object({
    test: count,
    dev: count,
    pool: count,
    train: count,
    /** Training images of the class that got fewest, and most; absent in earlier reports. */
    perClass: v.exactOptional(v.object({ min: count, max: count })),
  }),
  resumes: count,
  /** False when the run was resumed on another device or thread count, so that its numbers need not repeat bit for bit. */
  exactResume: v.boolean(),
  seconds: finite,
  command: v.string(),
});
export type Provenance = Immutable<v.InferOutput<typeof Provenance>>;

/** A million cells of a thousand classes: checked by a loop, not by a schema a cell. */
const Counts = v.custom<readonly (readonly number[])[]>(
  value =>
    Array.isArray(value) &&
    value.every(row => Array.isArray(row) && row.every(cell => Number.isSafeInteger(cell) && cell >= 0)),
  'is no table of counts',
);

export const Report = v.pipe(
  v.object({
    format: v.literal(REPORT_FORMAT),
    runId: v.string(),
    name: v.string(),
    createdAt: time,
    /** Stored relative to `.coop`; in memory absolute, as `RunInputs.document.path`. */
    document: v.string(),
    /** Stored relative to `.coop` when it lies in the same project; in memory absolute. */
    imagesFolder: v.string(),
    template: v.string(),
    replaces: v.string(),
    baseline: v.string(),
    classes: v.array(v.string()),
    /** Test-set delta of the learned prompts, all seeds taken together, against the baseline. */
    headline: Delta,
    /** The same against the hand-written line that is best on dev; absent where that is the baseline. */
    againstBest: v.exactOptional(v.object({ label: v.string(), delta: Delta })),
    /** The seed with the best dev accuracy: Apply takes it, and answers, confusions and words are its. Version 0.1: the first. */
    chosenSeed: v.exactOptional(count),
    seeds: v.pipe(v.array(SeedResult), v.minLength(1)),
    /** Mean and sample standard deviation (n − 1) of test accuracy over the seeds; absent with one seed. */
    seedAverage: v.exactOptional(v.object({ mean: share, std: finite })),
    results: v.array(PromptResult),
    /** Of version 0.1, for the one method it had; comes out as that row's note, or in `leftOut`. */
    linearProbe: v.exactOptional(
      v.union([v.object({ seed: count, trainImages: count, c: finite }), v.object({ leftOut: v.string() })]),
    ),
    /** Why a method has no row, as sentences. */
    leftOut: v.exactOptional(v.array(v.string())),
    /** Methods that were not fitted yet, since the run was stopped: the same run can go on with them. */
    unfitted: v.exactOptional(v.array(v.picklist(FEATURE_METHODS))),
    /** Images to learn from that show the same picture as a dev or test image, with some of the pairs. */
    nearDuplicates: v.exactOptional(
      v.object({ count, examples: v.array(v.object({ image: v.string(), of: v.string() })) }),
    ),
    perClass: v.array(ClassResult),
    /** Every test image. */
    images: v.array(TestImage),
    /** Counts on test images, [true class][predicted class]. */
    confusion: v.object({ baseline: Counts, learned: Counts }),
    nearestWords: v.array(NearestWords),
    /** Calibrated on dev, shown on test; absent in earlier reports, and without dev images. */
    confidence: v.exactOptional(Confidence),
    /** What makes the numbers mean less, or something else, than they seem to: in sentences; absent in earlier reports. */
    warnings: v.exactOptional(v.array(v.string())),
    provenance: Provenance,
  }),
  v.check(({ classes, images }) => {
    const known = (index: number) => index < classes.length;
    return images.every(({ label, baseline, learned }) => known(label) && known(baseline) && known(learned));
  }, 'an image has a class that is not listed'),
  v.check(
    ({ classes, images, seeds }) =>
      seeds.every(
        ({ answers }) =>
          answers === undefined ||
          (answers.length === images.length && answers.every(answer => answer < classes.length)),
      ),
    'a seed has not one answer of a listed class for each image',
  ),
  v.check(
    ({ classes, perClass, confusion }) =>
      perClass.length === classes.length &&
      [confusion.baseline, confusion.learned].every(
        table => table.length === classes.length && table.every(row => row.length === classes.length),
      ),
    'its tables have not one row for each class',
  ),
  v.transform(({ linearProbe, ...report }) => {
    if (linearProbe === undefined) return report;
    if ('leftOut' in linearProbe)
      return { ...report, leftOut: [`There is no linear probe: ${linearProbe.leftOut}.`] };
    const { seed, trainImages, c } = linearProbe;
    const note = `The linear probe is logistic regression on the image features of ${trainImages} training images (seed ${seed}), with C = ${Number(c.toPrecision(3))} chosen on the dev images.`;
    const results = report.results.map(row => (row.kind === 'method' ? { ...row, note } : row));
    return { ...report, results };
  }),
);
export type Report = Immutable<v.InferOutput<typeof Report>>;

/**
 * The text of `report.json`, checked whole: what a view or a page is made of is never taken on trust.
 * @param file names the file in messages
 * @throws CoopError `run.corrupt` when it is damaged or of a format that this version does not read; `file.limit`
 */
export function parseReport(text: string, file: string): Report {
  boundedValues(text, MAX_REPORT_VALUES, file);
  const json = parseJson(text, file);
  if (formatOf(json) === REPORT_FORMAT) return check(Report, json, file);
  throw new CoopError('run.corrupt', `${file} is not a report that this version reads.`, {
    subject: file,
    next: 'Update CoOp, or learn again.',
  });
}

export function reportText(report: Report, file: string): string {
  return storedText(Report, report, file);
}
