import type { InferenceSession } from 'onnxruntime-node';

export type Feed =
  | { readonly data: Float32Array; readonly shape: readonly number[] }
  | { readonly data: Int32Array | BigInt64Array; readonly shape: readonly number[] }
  | { readonly data: Uint8Array; readonly shape: readonly number[] };

export interface Result {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export type ToSessionWorker = { readonly id: number; readonly session: number } & (
  | { readonly type: 'create'; readonly model: Uint8Array; readonly options: InferenceSession.SessionOptions }
  | { readonly type: 'run'; readonly feeds: Readonly<Record<string, Feed>> }
  | { readonly type: 'release' }
);

export type FromSessionWorker =
  | { readonly id: number; readonly ok: true; readonly result: Record<string, Result> | null }
  | { readonly id: number; readonly ok: false; readonly error: string };
