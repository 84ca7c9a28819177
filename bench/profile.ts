import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { emitOnnx } from '../src/engine/graph/emit-onnx';
import type { Node } from '../src/engine/graph/node';
import { kernelsOf } from '../src/engine/graph/provider-kernels';
import { onnxruntime } from '../src/engine/runtime/onnxruntime';
import type { Feed } from '../src/engine/runtime/session';

export interface OperationTime {
  readonly operation: string;
  /** Seconds of one run. */
  readonly seconds: number;
  /** Kernels of one run. */
  readonly count: number;
}

/** An event of onnxruntime's profile; `dur` in microseconds. */
interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  readonly dur?: number;
  readonly args?: { readonly op_name?: string };
}

const WARM = 2;

/** Where the time of a graph's run goes on the CPU, by operation as onnxruntime runs it after its own fusions. */
export async function profile(
  outputs: Readonly<Record<string, Node>>,
  feeds: Readonly<Record<string, Feed>>,
  threads: number,
  runs: number,
): Promise<readonly OperationTime[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-profile-'));
  try {
    const { InferenceSession, Tensor } = onnxruntime();
    const { bytes, weightsFolder } = emitOnnx(outputs, { kernels: kernelsOf('cpu') });
    const config =
      weightsFolder === null ? {} : { model_external_initializers_file_folder_path: weightsFolder };
    const session = await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      enableMemPattern: false,
      intraOpNumThreads: threads,
      enableProfiling: true,
      profileFilePrefix: path.join(folder, 'run'),
      extra: { session: config },
    });
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, { data, shape }]) => [
        name,
        data instanceof Float32Array
          ? new Tensor('float32', data, shape)
          : new Tensor('int64', BigInt64Array.from(data as Int32Array, BigInt), shape),
      ]),
    );
    for (let run = 0; run < WARM + runs; run++) await session.run(tensors);
    session.endProfiling();
    await session.release();
    return times(folder, runs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function times(folder: string, runs: number): OperationTime[] {
  const [file] = readdirSync(folder);
  const events = JSON.parse(readFileSync(path.join(folder, file!), 'utf8')) as readonly ProfileEvent[];
  const kernels = events.filter(({ cat, name }) => cat === 'Node' && name?.endsWith('_kernel_time') === true);
  const kept = kernels.slice(Math.round((kernels.length * WARM) / (WARM + runs)));
  const sums = new Map<string, { seconds: number; count: number }>();
  for (const { args, dur = 0 } of kept) {
    const operation = args?.op_name ?? 'other';
    const sum = sums.get(operation) ?? { seconds: 0, count: 0 };
    sums.set(operation, { seconds: sum.seconds + dur / 1e6 / runs, count: sum.count + 1 / runs });
  }
  return [...sums].map(([operation, sum]) => ({ operation, ...sum })).sort((a, b) => b.seconds - a.seconds);
}
