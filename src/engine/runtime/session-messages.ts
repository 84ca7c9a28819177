import type { InferenceSession } from 'onnxruntime-node';

export type Feed =
  | { readonly data: Float32Array | Float64Array; readonly shape: readonly number[] }
  | { readonly data: Int32Array | BigInt64Array; readonly shape: readonly number[] }
  | { readonly data: Uint8Array; readonly shape: readonly number[] };

export interface Result<Values extends Float32Array | Float64Array = Float32Array> {
  readonly data: Values;
  readonly shape: readonly number[];
}

/** What an ONNX model takes and gives. */
export interface Signature {
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
}

export interface TensorSignature {
  readonly name: string;
  /** `float32`, `int64`, … */
  readonly type: string;
  /** Axes of any length are names. */
  readonly shape: readonly (number | string)[];
}

/** Where the nodes of a graph were computed. */
export interface Placement {
  readonly nodes: number;
  /** How many of them the processor computed. */
  readonly onCpu: number;
  /** Operators of those that belong on the device. */
  readonly hot: readonly string[];
}

export interface RunAnswer {
  readonly values: Record<string, Result<Float32Array | Float64Array>>;
  /** Of the first run of a session that asked for it. */
  readonly placement: Placement | null;
}

/** To `create` the signature, to `run` the outputs. */
export type Answer = RunAnswer | Signature | null;

export type ToSessionWorker = { readonly id: number; readonly session: number } & (
  | {
      readonly type: 'create';
      readonly model: Uint8Array | string;
      readonly options: InferenceSession.SessionOptions;
      /** Watch the first run: which nodes are left to the processor. */
      readonly watched: boolean;
    }
  | { readonly type: 'run'; readonly feeds: Readonly<Record<string, Feed>> }
  | { readonly type: 'release' }
);

export type FromSessionWorker =
  | { readonly id: number; readonly ok: true; readonly result: Answer }
  | { readonly id: number; readonly ok: false; readonly error: string };
