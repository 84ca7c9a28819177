import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { clusterProblem } from './cluster-problem';
import { type AccuracyFigures, equalAccuracy } from './equal-accuracy';
import { gemmPeak } from './gemm-peak';
import { imageProblem } from './image-problem';
import { giga, ms, type Row, versus, type Workload } from './row';
import { stepBench, stepProfile } from './step';

/** One optimiser step beside PyTorch's. */
export function step(names: readonly string[], title: string, denseRepeats: number): Workload {
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

/** What onnxruntime runs matrix products as. */
const PRODUCTS = new Set(['Gemm', 'MatMul', 'FusedMatMul']);

/** Operations below this share of the time are one row. */
const LEAST_SHARE = 0.01;

/** By operation, as onnxruntime runs the step; the profiler itself takes a few percent. */
export function stepOperations(names: readonly string[], title: string): Workload {
  return async ({ threads, model, quick }) => {
    const repeats = quick ? 5 : 15;
    const peak = await gemmPeak(threads);
    const { operations, flops } = await stepProfile({ model, names, threads, vectors: 16, repeats });
    const best = Math.max(peak, await gemmPeak(threads));
    const total = operations.reduce((sum, { seconds }) => sum + seconds, 0);
    const products = operations
      .filter(({ operation }) => PRODUCTS.has(operation))
      .reduce((sum, { seconds }) => sum + seconds, 0);
    const ofPeak = (work: string, seconds: number): Row => ({
      work: `step ${title}, ${work}, of GEMM peak`,
      ours: `${giga(flops / seconds)} of ${giga(best)}`,
      rival: `${((100 * seconds) / total).toFixed(1)} %`,
      ratio: flops / seconds / best,
    });
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
      ofPeak('all', total),
      ofPeak('products alone', products),
      ...large.map(({ operation, seconds, count }) => row(operation, seconds, count)),
      row('all others', sum('seconds'), sum('count')),
    ];
  };
}

/** The recipe `fast` until it is as good as CoOp’s schedule at its end. */
function accuracyRow(shots: number, found: AccuracyFigures): Row {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const { classes, target, evaluations, seconds: ours, accuracy, allEvaluations } = found;
  const { referenceSteps, referenceFirst, torchDense } = found;
  const reference = torchDense === null ? null : referenceSteps * torchDense;
  return {
    work: `${shots} shots, C = ${classes}, to the ${percent(target)} that CoOp’s schedule ends at`,
    ours: ours === null ? `not reached, ${percent(accuracy)}` : `${ms(ours)}, ${evaluations} evaluations`,
    rival: reference === null ? '—' : `${ms(reference)}, ${referenceSteps} steps`,
    ratio: ours === null ? null : versus(reference, ours),
    note: `it ends at ${percent(accuracy)} after ${allEvaluations}; the reference’s time is its steps × one dense step, and its accuracy, computed here, was first there after ${referenceFirst} steps`,
  };
}

export function accuracyOnClusters(classes: number, allShots: number): Workload {
  return async ({ threads, torch, model, quick }) => {
    const shots = quick ? allShots / 4 : allShots;
    const problem = await clusterProblem(model, classes, shots, threads);
    return [accuracyRow(shots, await equalAccuracy(problem, threads, torch))];
  };
}

/** PyTorch's step is timed on random weights of the same sizes; what the weights are makes no difference to it. */
export function accuracyOnImages(allShots: number): Workload {
  return async ({ threads, torch, quick }) => {
    const shots = quick ? allShots / 4 : allShots;
    const document = process.env['COOP_BENCH_PROMPTS'] ?? 'media/sample/demo.prompts';
    // Encoding is a part of the time that learning takes.
    const cache = mkdtempSync(path.join(os.tmpdir(), 'coop-accuracy-'));
    process.env['COOP_CACHE_DIR'] = cache;
    try {
      return [accuracyRow(shots, await equalAccuracy(await imageProblem(document, shots), threads, torch))];
    } finally {
      rmSync(cache, { recursive: true });
    }
  };
}
