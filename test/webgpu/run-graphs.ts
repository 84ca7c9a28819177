import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { emitOnnx } from '../../src/engine/graph/emit-onnx';
import { input, logSoftmax } from '../../src/engine/graph/operations';
import { kernelsOf } from '../../src/engine/graph/provider-kernels';
import { createFileSession, createSession } from '../../src/engine/runtime/create-session';
import { onnxruntime } from '../../src/engine/runtime/onnxruntime';
import type { Device } from '../../src/engine/runtime/session';
import type { CoopError } from '../../src/shared/errors';
import { type GraphCase, graphCases } from './graph-cases';

/**
 * Runs every case on the CPU and on WebGPU and prints one JSON line per case. A process of its own, because the Vulkan
 * driver is chosen by an environment variable at start, and because a driver may crash.
 */
export interface GraphReport {
  readonly name: string;
  /** Per output ‖webgpu − cpu‖ / ‖cpu‖, and ‖cpu‖. */
  readonly outputs: Readonly<Record<string, { readonly distance: number; readonly size: number }>>;
  /** Operators that ran on the CPU although the device was WebGPU, and those that ran on WebGPU; empty: not recorded. */
  readonly onCpu: readonly string[];
  readonly onWebgpu: readonly string[];
  /** Code and message, of a graph that must be refused. */
  readonly refusal?: string;
}

type Values = ReadonlyMap<string, Float32Array>;

async function runByProduct(device: Device, { outputs, feeds }: GraphCase): Promise<Values> {
  const session = await createSession(outputs, { device, threads: 1 });
  const results = await session.run(feeds);
  await session.release();
  return new Map(Object.entries(results).map(([name, { data }]) => [name, data]));
}

/** One run on WebGPU under onnxruntime's profiler, which says where each operator ran. */
async function runProfiled({ outputs, feeds }: GraphCase) {
  const ort = onnxruntime();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-profile-'));
  try {
    const { bytes, weightsFolder } = emitOnnx(outputs, { kernels: kernelsOf('webgpu') });
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['webgpu', 'cpu'],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      enableProfiling: true,
      profileFilePrefix: path.join(folder, 'profile'),
      extra: { session: { model_external_initializers_file_folder_path: weightsFolder! } },
    });
    const tensors = Object.entries(feeds).map(([name, { data, shape }]) => {
      if (data instanceof Float32Array) return [name, new ort.Tensor('float32', data, shape)];
      if (data instanceof Uint8Array) return [name, new ort.Tensor('uint8', data, shape)];
      return [name, new ort.Tensor('int64', BigInt64Array.from([...data].map(BigInt)), shape)];
    });
    const results = await session.run(Object.fromEntries(tensors));
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    const events = JSON.parse(readFileSync(path.join(folder, file!), 'utf8')) as readonly {
      readonly args?: { readonly provider?: string; readonly op_name?: string };
    }[];
    const on = (provider: string) => {
      const names = events.flatMap(({ args }) => (args?.provider === provider ? [args.op_name!] : []));
      return [...new Set(names)].sort();
    };
    return {
      values: new Map(Object.keys(outputs).map(name => [name, results[name]!.data as Float32Array])),
      onCpu: on('CPUExecutionProvider'),
      onWebgpu: on('WebGpuExecutionProvider'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));

function compare(cpu: Values, webgpu: Values): GraphReport['outputs'] {
  const entries = [...cpu].map(([name, values]) => {
    const difference = values.map((value, i) => value - webgpu.get(name)![i]!);
    return [name, { distance: norm(difference) / norm(values), size: norm(values) }] as const;
  });
  return Object.fromEntries(entries);
}

function print(report: GraphReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

async function main(): Promise<void> {
  const cases = await graphCases();
  for (const graph of cases) {
    const cpu = await runByProduct('cpu', graph);
    const { values, onCpu, onWebgpu } = await runProfiled(graph);
    print({ name: graph.name, outputs: compare(cpu, values), onCpu, onWebgpu });
  }
  const [smallest] = cases;
  const [cpu, webgpu] = [await runByProduct('cpu', smallest!), await runByProduct('webgpu', smallest!)];
  print({ name: 'a session of the product', outputs: compare(cpu, webgpu), onCpu: [], onWebgpu: [] });
  print({ name: 'a graph in two parts', outputs: {}, onCpu: [], onWebgpu: [], refusal: await refusal() });
}

/** LogSoftmax, which WebGPU has no kernel for: the graph as it is written for the CPU. */
async function refusal(): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-split-'));
  try {
    const file = path.join(folder, 'split.onnx');
    const x = input('x', [4, 8]);
    writeFileSync(file, emitOnnx({ y: logSoftmax(x) }, { kernels: kernelsOf('cpu') }).bytes);
    const session = await createFileSession(file, { device: 'webgpu' });
    await session.run({ x: { data: new Float32Array(32).fill(1), shape: [4, 8] } });
    return '';
  } catch (thrown) {
    return `${(thrown as CoopError).code} ${(thrown as Error).message}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

void main();
