import type { ErrorData } from '../../../shared/errors';
import type { PixelJob } from './load-pixels';

/** One job at a time; the answer carries no id. */
export type ToDecodeWorker = PixelJob;

export type FromDecodeWorker =
  /** Sent once, when the thread has loaded. */
  | { readonly type: 'ready' }
  | { readonly type: 'pixels'; readonly pixels: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly error: ErrorData };
