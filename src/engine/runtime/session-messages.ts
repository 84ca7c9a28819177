import type { InferenceSession } from 'onnxruntime-node';

export type Feed =
  | { readonly data: Float32Array; readonly shape: readonly number[] }
  | { readonly data: Int32Array | BigInt64Array; readonly shape: readonly number[] }
  | { readonly data: Uint8Array; readonly shape: readonly number[] };

export interface Result {
  readonly data: Float32Array;
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

/** To `create` the signature, to `run` the outputs. */
export type Answer = Record<string, Result> | Signature | null;

export type ToSessionWorker = { readonly id: number; readonly session: number } & (
  | {
      readonly type: 'create';
      readonly model: Uint8Array | string;
      readonly options: InferenceSession.SessionOptions;
    }
  | { readonly type: 'run'; readonly feeds: Readonly<Record<string, Feed>> }
  | { readonly type: 'release' }
);

export type FromSessionWorker =
  | { readonly id: number; readonly ok: true; readonly result: Answer }
  | { readonly id: number; readonly ok: false; readonly error: string };
