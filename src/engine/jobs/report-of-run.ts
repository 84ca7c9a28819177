import { contextVector, type LearnedContext } from '../../files/contexts/learned-context';
import {
  type PromptResult,
  REPORT_FORMAT,
  type Report,
  type SeedResult,
  type TestImage,
} from '../../shared/contracts/report';
import { formatTemplate } from '../../shared/template/format-template';
import { parseTemplate } from '../../shared/template/parse-template';
import { replaceLearnable } from '../../shared/template/replace-learnable';
import { preprocessingKey } from '../images/preprocess';
import { confusionMatrix, metricsOf } from '../measure/metrics';
import { pairedDelta } from '../measure/paired-delta';
import { unitRows } from '../measure/unit-features';
import { proportion } from '../measure/wilson';
import { type Classified, classify } from '../measure/zero-shot';
import type { EncodedImages } from '../task/image-features';
import { findLine, type PromptLine, scorableLines } from '../task/prompt-lines';
import { rowsWithContexts, textFeatures } from '../task/text-features';
import type { Work } from '../task/work';
import { VERSION } from '../version';
import { analyse } from './analysis';
import type { RunMaterial } from './learn-run';
import { probeJob } from './probe-job';
import { storedShots } from './training-images';

const NEAREST = 5;

interface Answers {
  readonly dev: Classified;
  readonly test: Classified;
}

/** The report of a finished run: everything measured on test images, which nothing before has read. */
export async function reportOf(
  material: RunMaterial,
  contexts: readonly LearnedContext[],
  losses: readonly number[],
  run: {
    readonly seconds: number;
    readonly resumes: number;
    readonly exactResume: boolean;
    readonly device: string;
  },
  work: Work = {},
): Promise<Report> {
  const { inputs, project, dataset, opened, dev, test, pool } = material;
  const { model } = opened;
  const { names } = dataset.classes;
  const answersOf = (texts: Float32Array): Answers => {
    const answer = (images: EncodedImages) =>
      classify(images.features, texts, model.embedWidth, model.logitScale);
    return { dev: answer(dev), test: answer(test) };
  };
  const lines = scorableLines(project.document);
  if (!lines.some(({ line }) => line === inputs.baseline))
    lines.unshift(findLine(project.document, inputs.baseline));
  const scored: { line: string; kind: PromptResult['kind']; answers: Answers }[] = [];
  for (const line of lines) {
    // A line that cannot be scored (a context that is gone) is no part of the comparison.
    const text = await textFeatures(opened, line, dataset.classes, project.folder).catch(() => null);
    if (text !== null)
      scored.push({ line: line.line, kind: kindOf(line), answers: answersOf(text.features) });
  }
  const baseline = scored.find(({ line }) => line === inputs.baseline)!.answers;
  const learned: Answers[] = [];
  for (const context of contexts) learned.push(answersOf(await learnedFeatures(material, context)));
  const first = learned[0]!;

  const seed = inputs.recipe.seeds[0]!;
  const probe = probeJob(storedShots(material, seed), dev, test.features, names.length);
  const analysis = await analyse(
    {
      probe: 'leftOut' in probe ? null : probe,
      words: { context: contexts[0]!, modelFolder: model.folder, count: NEAREST },
    },
    work,
  );

  const rightOf = ({ predictions }: Classified, images: EncodedImages) =>
    proportion(predictions.filter((p, i) => p === images.labels[i]).length, images.labels.length);
  const row = (kind: PromptResult['kind'], label: string, answers: Answers): PromptResult => ({
    kind,
    label,
    dev: rightOf(answers.dev, dev),
    test: metricsOf(test.labels, answers.test.predictions, answers.test.probabilities, names.length),
    delta:
      answers === baseline
        ? null
        : pairedDelta(test.labels, baseline.test.predictions, answers.test.predictions),
  });
  const rows = scored.map(({ kind, line, answers }) => row(kind, line, answers));
  const templates = rows.filter(({ kind }) => kind === 'template');
  const best = templates.reduce<PromptResult | null>(
    (a, b) => (a === null || b.dev!.value > a.dev!.value ? b : a),
    null,
  );
  const { template } = parseTemplate(inputs.template);
  const learnedLine = template === null ? inputs.template : replaceLearnable(template, inputs.name);
  const seeds: SeedResult[] = learned.map((answers, at) => ({
    seed: inputs.recipe.seeds[at]!,
    dev: rightOf(answers.dev, dev),
    test: rightOf(answers.test, test),
    delta: pairedDelta(test.labels, baseline.test.predictions, answers.test.predictions),
    finalLoss: losses[at]!,
  }));
  return {
    format: REPORT_FORMAT,
    runId: inputs.id,
    name: inputs.name,
    createdAt: new Date().toISOString(),
    document: inputs.document.path,
    imagesFolder: dataset.folder,
    template: template === null ? inputs.template : formatTemplate(template),
    replaces: inputs.replaces,
    baseline: inputs.baseline,
    classes: names,
    headline: seeds[0]!.delta,
    seeds,
    ...(seeds.length > 1 ? { seedAverage: meanAndStd(seeds.map(seed => seed.test.value)) } : {}),
    results: [
      ...rows.map(result => (result === best ? { ...result, bestOnDev: true } : result)),
      ...(analysis.probe === null ? [] : [row('linear-probe', 'linear probe', analysis.probe)]),
      row('learned', learnedLine, first),
    ],
    linearProbe:
      'leftOut' in probe ? probe : { seed, trainImages: probe.train.labels.length, c: analysis.probe!.c },
    perClass: names.map((name, label) => {
      const of = (predictions: Int32Array) => {
        const mine = [...test.labels.keys()].filter(i => test.labels[i] === label);
        const right = mine.filter(i => predictions[i] === label).length;
        return { n: mine.length, share: mine.length === 0 ? 0 : right / mine.length };
      };
      const before = of(baseline.test.predictions);
      return { name, n: before.n, baseline: before.share, learned: of(first.test.predictions).share };
    }),
    images: test.images.map(
      ({ path, label }, i): TestImage => ({
        path,
        label,
        baseline: baseline.test.predictions[i]!,
        learned: first.test.predictions[i]!,
      }),
    ),
    confusion: {
      baseline: confusionMatrix(test.labels, baseline.test.predictions, names.length),
      learned: confusionMatrix(test.labels, first.test.predictions, names.length),
    },
    nearestWords: analysis.nearestWords,
    provenance: {
      version: VERSION,
      recipe: inputs.recipe,
      threads: inputs.threads,
      model: model.id,
      modelHash: inputs.hashes.model,
      datasetHash: inputs.hashes.dataset,
      classesHash: inputs.hashes.classes,
      preprocessing: preprocessingKey({ ...model.preprocess, exif: project.document.directives.exif }),
      split: splitInWords(material),
      counts: {
        test: test.images.length,
        dev: dev.images.length,
        pool: pool.images.length,
        train: trainCount(material),
      },
      ...run,
      command: inputs.command,
    },
  };
}

async function learnedFeatures(material: RunMaterial, context: LearnedContext): Promise<Float32Array> {
  const { opened, inputs, dataset, project, rows } = material;
  const { fixedVector } = await rowsWithContexts(
    opened,
    parseTemplate(inputs.template).template!,
    dataset.classes,
    project.folder,
  );
  let number = 0;
  const slotOf = new Map(
    rows.slots.flatMap((slot, at): [number, number][] => (slot.context === null ? [[at, ++number]] : [])),
  );
  const encoder = await opened.textEncoder();
  const features = await encoder.encode(rows.rows, (slot, vector, classIndex) => {
    const learned = slotOf.get(slot);
    return learned === undefined
      ? fixedVector(slot, vector, classIndex)
      : contextVector(context, learned, vector, classIndex);
  });
  return unitRows(features, opened.model.embedWidth);
}

/** A line of the document that uses a context of an earlier run is no hand-written baseline. */
function kindOf({ kind, templates }: PromptLine): PromptResult['kind'] {
  const learned = templates.some(({ segments }) => segments.some(segment => segment.kind === 'learned'));
  return kind === 'template' && learned ? 'learned' : kind;
}

function meanAndStd(values: readonly number[]): { readonly mean: number; readonly std: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return {
    mean,
    std: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length),
  };
}

function splitInWords({ project }: RunMaterial): string {
  const { split } = project.document.directives;
  switch (split.kind) {
    case 'shots':
      return 'by content, 40 % pool, 20 % dev, 40 % test';
    case 'folders':
      return 'given folders';
    case 'coop':
      return `CoOp’s ${split.file}`;
    case 'fractions':
      return `by content, ${split.pool}/${split.dev}/${split.test}, seed ${split.seed}`;
  }
}

function trainCount({ pool, inputs, dataset }: RunMaterial): number {
  return dataset.classes.names.reduce((sum, _, label) => {
    const distinct = new Set(pool.images.filter(image => image.label === label).map(image => image.hash));
    return sum + Math.min(inputs.recipe.shots, distinct.size);
  }, 0);
}
