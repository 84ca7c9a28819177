import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const SCRIPT = path.resolve('bench/baseline_torch.py');

export type TorchWork =
  /** One optimiser step; `tokens` rows of every prompt are computed: 77, or the longest prompt's. */
  | {
      readonly work: 'step';
      readonly prompts: readonly (readonly number[])[];
      readonly tokens: number;
      readonly vectors: number;
    }
  | { readonly work: 'texts'; readonly prompts: readonly (readonly number[])[] }
  | { readonly work: 'images'; readonly files: readonly string[]; readonly decode: boolean }
  | { readonly work: 'gemm' };

/** PyTorch in a process of its own, so that its threads and memory are not ours. */
export interface Torch {
  readonly version: string;
  /** Seconds. */
  time(work: TorchWork): Promise<number>;
  /** A whole run on given image features, prompts cut to the longest; the text features at the end. */
  train(work: TorchTraining): Promise<{ readonly seconds: number; readonly texts: readonly number[] }>;
  /** CoOp's lpclip/linear_probe.py with scikit-learn; null where Python has none. */
  probe(work: ProbeWork): Promise<{ readonly seconds: number; readonly accuracy: number } | null>;
  close(): void;
}

/** Features [n, width] and labels [n]. */
type Labelled = { readonly features: readonly number[]; readonly labels: readonly number[] };
export type ProbeWork = { readonly [Part in 'train' | 'validation' | 'test']: Labelled };

export interface TorchTraining {
  readonly prompts: readonly (readonly number[])[];
  readonly vectors: number;
  /** [vectors, d] */
  readonly context: readonly number[];
  /** [images, E] */
  readonly features: readonly number[];
  readonly labels: readonly number[];
  readonly epochs: number;
  readonly batch: number;
}

/** Null, with the reason on standard error, where no Python with PyTorch is found (COOP_BENCH_PYTHON names another). */
export async function startTorch(model: string, threads: number): Promise<Torch | null> {
  const python = process.env['COOP_BENCH_PYTHON'] ?? 'python3';
  const probe = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' });
  if (probe.status !== 0) {
    console.error(
      `PyTorch is not measured: ${python} has no torch. Set COOP_BENCH_PYTHON to a Python that has it.`,
    );
    return null;
  }
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    python,
    [SCRIPT, model, String(threads)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async <Answer>(request: object): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error('PyTorch ended before it answered');
    return JSON.parse(value) as Answer;
  };
  return {
    version: probe.stdout.trim(),
    time: async work => (await ask<{ seconds: number }>(work)).seconds,
    train: work => ask({ work: 'train', ...work }),
    probe: work => ask({ work: 'probe', ...work }),
    close: () => child.stdin.end(),
  };
}
