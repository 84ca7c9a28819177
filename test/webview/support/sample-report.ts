import type { Calibration, Confidence } from '../../../src/shared/contracts/confidence';
import type {
  Delta,
  PromptResult,
  Proportion,
  Report,
  TestImage,
} from '../../../src/shared/contracts/report';
import { REPORT_FORMAT } from '../../../src/shared/contracts/report';
import { outcomeOf } from '../../../src/shared/verdicts/outcome';

const CLASSES = ['animal', 'face', 'food', 'flag', 'vehicle', 'weather', 'sport', 'symbol'];
/** Answers go to the true class and a few to others, by a fixed rule, so that every cell's count is known. */
const answer = (label: number, i: number, every: number, classes: number) =>
  i % every === 0 ? (label + 1 + (i % 3)) % classes : label;

export interface SampleOptions {
  readonly classes?: readonly string[];
  readonly images?: number;
  readonly name?: string;
  /** Path of image i of a class. */
  readonly path?: (className: string, i: number) => string;
}

/** Too sure before, less so after; the surer an answer, the likelier it is right. */
function sampleConfidence(n: number): Confidence {
  const bins = (sure: (accuracy: number) => number) =>
    Array.from({ length: 15 }, (_, at) => {
      const accuracy = (at + 1) / 15;
      return { n: at < 3 ? 0 : 4 * at, accuracy, confidence: Math.min(1, sure(accuracy)) };
    });
  const calibration: Calibration = {
    temperature: 2.31,
    dev: { before: { nll: 1.9, ece: 0.2 }, after: { nll: 1.4, ece: 0.03 } },
    test: { before: { nll: 2, ece: 0.214 }, after: { nll: 1.5, ece: 0.041 } },
    reliability: { before: bins(accuracy => accuracy + 0.2), after: bins(accuracy => accuracy) },
  };
  const answered = (images: number, threshold: number) => {
    const left = Math.round(images * (1 - threshold));
    return { answered: left, right: Math.round(left * Math.min(1, 0.55 + threshold / 2)) };
  };
  return {
    baseline: { ...calibration, temperature: 0.87 },
    learned: calibration,
    thresholds: Array.from({ length: 100 }, (_, percent) => ({
      threshold: percent / 100,
      dev: answered(171, percent / 100),
      test: answered(n, percent / 100),
    })),
  };
}

/** A report whose counts follow from its images, as the engine makes them. */
export const PROBE_NOTE =
  'The linear probe is no prompt and cannot be applied: it is logistic regression on the image features of the same 128 training images.';

export function sampleReport({
  classes = CLASSES,
  images: total = 342,
  name = 'demo-16shot',
  path = (className, i) => `${className}/image-${i}.png`,
}: SampleOptions = {}): Report {
  const n = classes.length;
  const images = Array.from({ length: total }, (_, i): TestImage => {
    const label = i % n;
    const turn = Math.floor(i / n);
    return {
      path: path(classes[label]!, i),
      label,
      baseline: answer(label, turn, 2, n),
      learned: answer(label, turn, 7, n),
    };
  });
  const matrix = (which: 'baseline' | 'learned') => {
    const counts = classes.map(() => classes.map(() => 0));
    for (const image of images) counts[image.label]![image[which]]! += 1;
    return counts;
  };
  const of = (outcome: string) => images.filter(image => outcomeOf(image) === outcome).length;
  const share = (which: 'baseline' | 'learned', label?: number) => {
    const mine = images.filter(image => label === undefined || image.label === label);
    return mine.filter(image => image[which] === image.label).length / Math.max(1, mine.length);
  };
  const difference = share('learned') - share('baseline');
  const delta: Delta = {
    difference,
    low: difference - 0.06,
    high: difference + 0.06,
    n: total,
    fixed: of('fixed'),
    broken: of('broken'),
    p: 0.0004,
  };
  const prop = (value: number): Proportion => ({
    value,
    low: Math.max(0, value - 0.05),
    high: Math.min(1, value + 0.05),
    n: total,
  });
  const row = (
    kind: PromptResult['kind'],
    label: string,
    value: number,
    against: Delta | null,
  ): PromptResult => ({
    kind,
    label,
    dev: prop(value - 0.01),
    test: { accuracy: prop(value), top5: 0.97, macroF1: value - 0.02, balancedAccuracy: value, ece: 0.04 },
    delta: against,
  });
  const none: Delta = { ...delta, difference: 0.012, low: -0.02, high: 0.04, p: 0.43 };
  const value = share('baseline');
  return {
    format: REPORT_FORMAT,
    runId: 'r1',
    name,
    createdAt: '2026-03-01T10:20:30.123Z',
    document: '/home/me/pets/demo.prompts',
    imagesFolder: '/home/me/pets/images',
    template: '[V:16] {}.',
    replaces: '[V:16] {}.',
    baseline: 'a photo of a {}.',
    classes,
    headline: delta,
    seeds: [1, 2].map(seed => ({
      seed,
      dev: prop(0.8),
      test: prop(share('learned')),
      delta,
      finalLoss: 0.31,
    })),
    seedAverage: { mean: share('learned'), std: 0.012 },
    results: [
      row('template', 'a photo of a {}.', value, null),
      { ...row('template', 'an icon of a {}, a type of {group}.', value + 0.012, none), bestOnDev: true },
      row('ensemble', '@use imagenet80', value + 0.03, { ...none, difference: 0.03 }),
      { ...row('method', 'linear probe', value + 0.2, delta), note: PROBE_NOTE },
      row('learned', `<${name}> {}.`, share('learned'), delta),
    ],
    perClass: classes.map((className, label) => ({
      name: className,
      n: images.filter(image => image.label === label).length,
      baseline: share('baseline', label),
      learned: share('learned', label),
    })),
    images,
    confusion: { baseline: matrix('baseline'), learned: matrix('learned') },
    confidence: sampleConfidence(total),
    nearestWords: Array.from({ length: 16 }, (_, vector) => ({
      slot: 1,
      vector: vector + 1,
      words: ['potd', 'that', 'fc', 'ill', 'wsbtv'].map((text, i) => ({ text, distance: 0.62 + i / 50 })),
    })),
    provenance: {
      version: '0.1.0',
      recipe: {
        method: 'coop',
        name: 'cached',
        shots: 16,
        seeds: [1, 2],
        epochs: 200,
        batch: 32,
        learningRate: 0.002,
        momentum: 0.9,
        weightDecay: 0.0005,
        warmupEpochs: 1,
        warmupLearningRate: 0.00001,
      },
      device: 'cpu',
      threads: 2,
      model: 'icon-clip',
      modelHash: 'a1'.repeat(32),
      datasetHash: 'b2'.repeat(32),
      classesHash: 'c3'.repeat(32),
      preprocessing: 'clip-224-bicubic-v1',
      split: 'by content, 40 % pool, 20 % dev, 40 % test',
      counts: { test: total, dev: 171, pool: 342, train: 128 },
      resumes: 0,
      exactResume: true,
      seconds: 312,
      command: 'coop learn demo.prompts --line "[V:16] {}." --shots 16 --seeds 1,2',
    },
  };
}
