import { carNames, shortNames } from './class-names';
import { gemmPeak } from './gemm-peak';
import { imagesBench } from './images';
import { largeFolderBench } from './large-folder';
import { learnBench } from './learn';
import { manyClassesBench } from './many-classes';
import { openBench } from './open';
import { randomModel } from './random-model';
import { stepBench, stepProfile } from './step';
import { templatesBench } from './templates';
import { startTorch, type Torch } from './torch';
import { typingBench } from './typing';
import { wordsBench } from './words';

/** One line of the table. */
export interface Row {
  readonly work: string;
  readonly ours: string;
  readonly rival: string;
  /** How many times faster; null where there is nothing to compare with. */
  readonly ratio: number | null;
  readonly note?: string;
}

export interface Context {
  readonly threads: number;
  readonly torch: Torch | null;
  readonly model: string;
  /** Fewer repetitions. */
  readonly quick: boolean;
}

export type Workload = (context: Context) => Promise<readonly Row[]>;

const ms = (value: number) =>
  value < 1 ? `${(1000 * value).toPrecision(3)} ms` : `${value.toPrecision(3)} s`;
const giga = (value: number) => `${Math.round(value / 1e9)} GFLOP/s`;
const versus = (rival: number | null, ours: number) => (rival === null ? null : rival / ours);

function step(names: readonly string[], title: string, denseRepeats: number): Workload {
  return async ({ threads, torch, model, quick }) => {
    const peak = await gemmPeak(threads);
    const repeats = quick ? 5 : 15;
    const figures = await stepBench({ model, names, threads, vectors: 16, repeats, torch, denseRepeats });
    const { seconds: ours, flops, torchDense, torchCut, longest } = figures;
    const peakAfter = await gemmPeak(threads);
    const best = Math.max(peak, peakAfter);
    const torchPeak = torch === null ? null : 1e12 / (await torch.time({ work: 'gemm' }));
    const rows: Row[] = [];
    if (denseRepeats > 0 || torch === null)
      rows.push({
        work: `step ${title}, against 77 tokens`,
        ours: ms(ours),
        rival: torchDense === null ? '—' : ms(torchDense),
        ratio: versus(torchDense, ours),
      });
    rows.push({
      work: `step ${title}, against ${longest} tokens`,
      ours: ms(ours),
      rival: torchCut === null ? '—' : ms(torchCut),
      ratio: versus(torchCut, ours),
    });
    rows.push({
      work: `step ${title}, of GEMM peak`,
      ours: `${giga(flops / ours)} of ${giga(best)}`,
      rival: torchPeak === null ? '—' : `its peak ${giga(torchPeak)}`,
      ratio: flops / ours / best,
      note: `${(flops / 1e9).toFixed(1)} GFLOP a step`,
    });
    return rows;
  };
}

/** Operations below this share of the time are one row. */
const LEAST_SHARE = 0.01;

/** By operation, as onnxruntime runs the step; the profiler itself takes a few percent. */
function stepOperations(names: readonly string[], title: string): Workload {
  return async ({ threads, model, quick }) => {
    const repeats = quick ? 5 : 15;
    const operations = await stepProfile({ model, names, threads, vectors: 16, repeats });
    const total = operations.reduce((sum, { seconds }) => sum + seconds, 0);
    const row = (operation: string, seconds: number, count: number): Row => ({
      work: `step ${title}, ${operation}`,
      ours: ms(seconds),
      rival: `${((100 * seconds) / total).toFixed(1)} %`,
      ratio: null,
      note: `${Math.round(count)} kernels`,
    });
    const large = operations.filter(({ seconds }) => seconds >= LEAST_SHARE * total);
    const small = operations.filter(({ seconds }) => seconds < LEAST_SHARE * total);
    const sum = (of: 'seconds' | 'count') => small.reduce((all, each) => all + each[of], 0);
    return [
      ...large.map(({ operation, seconds, count }) => row(operation, seconds, count)),
      row('all others', sum('seconds'), sum('count')),
    ];
  };
}

function images(title: string): Workload {
  return async ({ threads, torch, model, quick }) => {
    const figures = await imagesBench(model, threads, torch, quick ? 1 : 3);
    const rate = (value: number | null) => (value === null ? '—' : `${value.toFixed(1)} images/s`);
    const { firstPerSecond: first, againPerSecond: again, torchPerSecond, torchReadyPerSecond } = figures;
    return [
      {
        work: `${title} encoding with decoding`,
        ours: rate(first),
        rival: rate(torchPerSecond),
        ratio: torchPerSecond === null ? null : first / torchPerSecond,
        note: `PyTorch on ready tensors ${rate(torchReadyPerSecond)}`,
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
  'step-1000': step(shortNames(1000), 'C = 1000', 0),
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
  images: images('ViT-B/32'),
  'images-b16': images('ViT-B/16'),
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
      const images = await imagesBench(model, threads, torch, 1);
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
  const model = randomModel(name === 'images-b16' ? 16 : 32);
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
