import { carNames, shortNames } from './class-names';
import { gemmPeak } from './gemm-peak';
import { imagesBench, PHOTOS } from './images';
import { largeFolderBench } from './large-folder';
import { learnBench } from './learn';
import { linearProbeBench } from './linear-probe';
import { manyClassesBench } from './many-classes';
import { openBench } from './open';
import { randomModel } from './random-model';
import { giga, ms, type Row, versus, type Workload } from './row';
import { stepBench } from './step';
import { accuracyOnClusters, accuracyOnImages, step, stepOperations } from './step-workloads';
import { templatesBench } from './templates';
import { startTorch } from './torch';
import { typingBench } from './typing';
import { wordsBench } from './words';

/** What the paper takes most of its results from; and what a schedule of its own for 100 classes ends with in minutes. */
const [ALL_SHOTS, FEW_SHOTS] = [16, 4];

function images(title: string, kind: keyof typeof PHOTOS): Workload {
  const [width, height] = PHOTOS[kind].size;
  return async ({ threads, torch, model, quick }) => {
    const peak = await gemmPeak(threads);
    const figures = await imagesBench(model, threads, torch, quick ? 1 : 3, PHOTOS[kind]);
    const best = Math.max(peak, await gemmPeak(threads));
    const rate = (value: number | null) => (value === null ? '—' : `${value.toFixed(1)} images/s`);
    const { flops, firstPerSecond: first, againPerSecond: again } = figures;
    const { torchPerSecond, torchReadyPerSecond } = figures;
    return [
      {
        work: `${title} encoding, ${width} × ${height} JPEGs decoded`,
        ours: rate(first),
        rival: rate(torchPerSecond),
        ratio: torchPerSecond === null ? null : first / torchPerSecond,
        note: `PyTorch on ready tensors ${rate(torchReadyPerSecond)}`,
      },
      {
        work: `${title} encoding with decoding, of GEMM peak`,
        ours: `${giga(first * flops)} of ${giga(best)}`,
        rival: torchPerSecond === null ? '—' : giga(torchPerSecond * flops),
        ratio: (first * flops) / best,
        note: `products alone allow ${rate(best / flops)}${torchPerSecond === null ? '' : `, ${(best / flops / torchPerSecond).toFixed(2)} times PyTorch’s`}`,
      },
      { work: 'the same folder again', ours: rate(again), rival: rate(first), ratio: again / first },
    ];
  };
}

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  'step-10': step(shortNames(10), 'C = 10', 3),
  'step-100': step(shortNames(100), 'C = 100', 2),
  'step-196': step(carNames(196), 'C = 196, long names', 1),
  'operations-10': stepOperations(shortNames(10), 'C = 10'),
  'operations-100': stepOperations(shortNames(100), 'C = 100'),
  'accuracy-10': accuracyOnClusters(10, ALL_SHOTS),
  'accuracy-100': accuracyOnClusters(100, FEW_SHOTS),
  'accuracy-images': accuracyOnImages(ALL_SHOTS),
  'step-1000': step(shortNames(1000), 'C = 1000', 0),
  'linear-probe': async ({ threads, torch, quick }) => {
    const rows: Row[] = [];
    const sizes = [
      { classes: 10, width: 512 },
      { classes: 52, width: 128 },
      { classes: 100, width: 512 },
    ];
    for (const { classes, width } of quick ? sizes.slice(0, 1) : sizes) {
      const { ours, rival } = await linearProbeBench(classes, ALL_SHOTS, width, threads, torch);
      const figure = ({ seconds, accuracy }: typeof ours) =>
        `${ms(seconds)}, ${(100 * accuracy).toFixed(1)} %`;
      rows.push({
        work: `linear probe of ${ALL_SHOTS} shots, ${classes} classes, ${width} numbers, penalty searched`,
        ours: figure(ours),
        rival: rival === null ? '—' : figure(rival),
        ratio: versus(rival?.seconds ?? null, ours.seconds),
      });
    }
    return rows;
  },
  words: async ({ threads, torch, model, quick }) => {
    const rows: Row[] = [];
    for (const line of ['[words:4] {}.', 'a photo of a {}, [words:4].']) {
      const { candidatesPerSecond: ours, torchCandidatesPerSecond: rival } = await wordsBench(
        model,
        line,
        threads,
        torch,
        quick ? 100 : 400,
      );
      rows.push({
        work: `candidates for ${line} × 10 classes`,
        ours: `${ours.toPrecision(3)} candidates/s`,
        rival: rival === null ? '—' : `${rival.toPrecision(3)} candidates/s`,
        ratio: rival === null ? null : ours / rival,
      });
    }
    return rows;
  },
  templates: async ({ threads, torch, model }) => {
    const figures = await templatesBench(model, threads, torch);
    const peak = await gemmPeak(threads);
    const rate = figures.prompts / figures.seconds;
    const torchRate = figures.torchPromptsPerSecond;
    return [
      {
        work: '80 templates × 100 classes',
        ours: `${rate.toFixed(0)} prompts/s`,
        rival: torchRate === null ? '—' : `${torchRate.toFixed(1)} prompts/s`,
        ratio: torchRate === null ? null : rate / torchRate,
      },
      {
        work: 'one edited template, C = 100, of GEMM peak',
        ours: `${ms(figures.editedSeconds)}, ${giga(figures.editedFlops / figures.editedSeconds)}`,
        rival: giga(peak),
        ratio: figures.editedFlops / figures.editedSeconds / peak,
      },
    ];
  },
  'many-classes': async ({ threads, model, quick }) => {
    const figures = await manyClassesBench(model, quick ? 2000 : 21_841, threads);
    const { classes, encodeSeconds, compareSeconds, plainSeconds } = figures;
    return [
      {
        work: `one template, C = ${classes}`,
        ours: `${ms(encodeSeconds)}, ${(classes / encodeSeconds).toFixed(0)} prompts/s`,
        rival: '—',
        ratio: null,
      },
      {
        work: `${classes} images against them`,
        ours: ms(compareSeconds),
        rival: ms(plainSeconds),
        ratio: plainSeconds / compareSeconds,
        note: 'the other way: one product after the other in TypeScript',
      },
    ];
  },
  images: images('ViT-B/32', 'small'),
  'images-b16': images('ViT-B/16', 'small'),
  'images-camera': images('ViT-B/32', 'camera'),
  open: async ({ threads, model }) => {
    const { seconds: ours, readSeconds } = await openBench(model, threads);
    return [
      {
        work: 'sessions of 151 M parameters, against reading the file',
        ours: ms(ours),
        rival: ms(readSeconds),
        ratio: readSeconds / ours,
      },
    ];
  },
  typing: async ({ model }) => {
    const { alone, whileTraining, stepsAlone, stepsMeanwhile } = await typingBench(model);
    return [
      {
        work: 'one edited template to its number, C = 100, while a training runs, against alone',
        ours: ms(whileTraining),
        rival: ms(alone),
        ratio: alone / whileTraining,
        note: `training ${stepsMeanwhile.toFixed(2)} steps/s meanwhile, ${stepsAlone.toFixed(2)} otherwise`,
      },
    ];
  },
  'large-folder': async ({ model, quick }) => {
    const figures = await largeFolderBench(model, quick ? 10_000 : 100_000);
    const { images, hintImages, cold, warm, rescanned } = figures;
    return [
      {
        work: `a keystroke to its first hint, ${images} images, against reading the folder again`,
        ours: ms(warm),
        rival: ms(rescanned),
        ratio: rescanned / warm,
        note: `on ${hintImages} dev images; a window that opens has it after ${ms(cold)}`,
      },
    ];
  },
  learn: async context => {
    const { threads, torch, model } = context;
    const run = await learnBench(model, threads, torch);
    const rows: Row[] = [];
    if (torch !== null) {
      const images = await imagesBench(model, threads, torch, 1, PHOTOS.small);
      const dense = await stepBench({
        model,
        names: shortNames(10),
        threads,
        vectors: 16,
        repeats: 1,
        torch,
        denseRepeats: 3,
      });
      const reference = run.steps * (32 / images.torchPerSecond! + dense.torchDense!);
      rows.push({
        work: `16-shot run, C = 10, ${run.steps} steps, against the reference trainer`,
        ours: ms(run.seconds),
        rival: ms(reference),
        ratio: reference / run.seconds,
        note: 'the reference encodes its images in every step; its time is steps × (32 images + one dense step)',
      });
    }
    rows.push({
      work: '16-shot run, against PyTorch on cached features, cut prompts',
      ours: `${ms(run.seconds)}, accuracy ${(100 * run.accuracy).toFixed(1)} %`,
      rival:
        run.torchCutSeconds === null
          ? '—'
          : `${ms(run.torchCutSeconds)}, accuracy ${(100 * run.torchAccuracy!).toFixed(1)} %`,
      ratio: versus(run.torchCutSeconds, run.seconds),
    });
    return rows;
  },
};

/** Runs one workload; its own process gives it a memory figure of its own. */
export async function runWorkload(name: string, quick: boolean) {
  const model = await randomModel(name === 'images-b16' ? 16 : 32);
  const threads = 2;
  const torch = await startTorch(model, threads);
  try {
    const rows = await WORKLOADS[name]!({ threads, torch, model, quick });
    // Linux gives kilobytes.
    return {
      rows,
      peakRssMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
      torch: torch?.version ?? null,
    };
  } finally {
    torch?.close();
  }
}
