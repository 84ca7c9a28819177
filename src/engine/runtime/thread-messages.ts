import type { ErrorData } from '../../shared/errors';

/** What a thread that works one job out says while it does. */
export type FromThread<Result> =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'done'; readonly result: Result }
  | { readonly type: 'failed'; readonly error: ErrorData };
