import type { Feed, Result, Signature } from './session-messages';

export type { Feed, Result } from './session-messages';

export type Device = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml' | 'tensorflow';

export interface SessionOptions {
  readonly device?: Device;
  /** Threads of one operator; default: all cores. */
  readonly threads?: number | undefined;
  /** Let onnxruntime's threads spin between operators: faster, but the machine is never idle. Default true. */
  readonly spin?: boolean;
  /** Refuse a graph of which the device leaves something to the CPU. Default false. */
  readonly whole?: boolean;
  /** Keep no packed copy of the weights, and give memory back after each run; slower. Default false. */
  readonly frugal?: boolean;
  /**
   * Sessions of one number share a thread and run one after the other; those of different numbers run side by side, each
   * with its own `threads`. Default 0.
   */
  readonly lane?: number | undefined;
}

/** Which part of the processor a session takes. */
export type ProcessorShare = Pick<SessionOptions, 'threads' | 'lane'>;

/** A compiled graph; it runs in a thread of its own, so the caller's event loop stays free. */
export interface Session<Outputs extends string, Values extends Float32Array | Float64Array = Float32Array> {
  readonly device: Device;
  /** @throws CoopError `device.lost`, `device.memory` */
  run(feeds: Readonly<Record<string, Feed>>): Promise<Record<Outputs, Result<Values>>>;
  release(): Promise<void>;
}

/** A session of an ONNX file, whose inputs and outputs are the file's. */
export type FileSession = Session<string> & Signature;
