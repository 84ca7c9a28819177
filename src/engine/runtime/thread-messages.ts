import type { ErrorData } from '../../shared/errors';

/** The one thing that a thread which works one job out says. */
export type FromThread<Result> =
  | { readonly type: 'done'; readonly result: Result }
  | { readonly type: 'failed'; readonly error: ErrorData };
