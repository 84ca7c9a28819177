import type { ErrorData } from '../../shared/errors';
import type { PixelJob } from './load-pixels';

/** One job at a time; the answer carries no id. */
export type ToDecodeWorker =
  | { readonly type: 'job'; readonly job: PixelJob }
  /** There is room for the large image. */
  | { readonly type: 'go' };

export type FromDecodeWorker =
  /** Sent once, when the thread has loaded. */
  | { readonly type: 'ready' }
  /** The image of the job is large; the thread waits for `go` before it decodes. */
  | { readonly type: 'large'; readonly pixels: number }
  | { readonly type: 'pixels'; readonly pixels: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly error: ErrorData };
