import { closeSync, openSync, readSync } from 'node:fs';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { CoopError } from '../../shared/errors';
import { emitOnnx } from '../graph/emit-onnx';
import type { Node, WeightRef } from '../graph/node';
import { onnxruntime } from './onnxruntime';

export type Device = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

export interface SessionOptions {
  readonly device?: Device;
  /** Threads of one operator; default: all cores. */
  readonly threads?: number;
  /** Let onnxruntime's threads spin between operators: faster, but the machine is never idle. Default true. */
  readonly spin?: boolean;
}

export type Feed =
  | { readonly data: Float32Array; readonly shape: readonly number[] }
  | { readonly data: Int32Array | BigInt64Array; readonly shape: readonly number[] }
  | { readonly data: Uint8Array; readonly shape: readonly number[] };

export interface Result {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** A compiled graph. `run` blocks the thread that calls it (onnxruntime's binding is synchronous): use a worker. */
export interface Session<Outputs extends string> {
  readonly device: Device;
  run(feeds: Readonly<Record<string, Feed>>): Promise<Record<Outputs, Result>>;
  release(): Promise<void>;
}

/**
 * Compiles graph outputs for a device. Weights are read by onnxruntime from their own files.
 * @throws CoopError `device.unavailable` when the device refuses the graph, `file.access` when weights cannot be read
 */
export async function createSession<Outputs extends string>(
  outputs: Readonly<Record<Outputs, Node>>,
  options: SessionOptions = {},
): Promise<Session<Outputs>> {
  const { device = 'cpu', threads, spin = true } = options;
  const ort = onnxruntime();
  const { bytes, weightsFolder } = emitOnnx(outputs, { fused: device === 'cpu', readInline });
  const config: Record<string, string> = {};
  if (weightsFolder !== null) config['model_external_initializers_file_folder_path'] = weightsFolder;
  if (!spin) config['intra_op.allow_spinning'] = '0';
  const create = () =>
    ort.InferenceSession.create(bytes, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      extra: { session: config },
    });
  let session: InferenceSession;
  try {
    session = await create();
  } catch (cause) {
    throw new CoopError('device.unavailable', `${device}: ${(cause as Error).message}`, {
      cause,
      subject: device,
    });
  }
  return {
    device,
    async run(feeds) {
      const inputs: Record<string, OrtTensor> = {};
      for (const [name, feed] of Object.entries(feeds)) inputs[name] = toOrtTensor(feed);
      const values = await session.run(inputs);
      const results = {} as Record<Outputs, Result>;
      for (const name of Object.keys(outputs) as Outputs[]) {
        const value = values[name]!;
        results[name] = { data: value.data as Float32Array, shape: value.dims };
      }
      return results;
    },
    release: () => session.release(),
  };

  function toOrtTensor({ data, shape }: Feed): OrtTensor {
    if (data instanceof Float32Array) return new ort.Tensor('float32', data, shape);
    if (data instanceof Uint8Array) return new ort.Tensor('uint8', data, shape);
    const values = data instanceof BigInt64Array ? data : BigInt64Array.from(data, BigInt);
    return new ort.Tensor('int64', values, shape);
  }
}

function readInline(ref: WeightRef): Uint8Array {
  const bytes = new Uint8Array(ref.bytes);
  const file = openSync(ref.file, 'r');
  try {
    if (readSync(file, bytes, 0, ref.bytes, ref.offset) !== ref.bytes) {
      throw new CoopError('file.corrupt', `${ref.file} ends inside a tensor at byte ${ref.offset}`, {
        subject: ref.file,
      });
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}
