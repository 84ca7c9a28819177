/** How far a piece of work is; `unit` in the plural ("images"). */
export interface WorkProgress {
  readonly message: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly perSecond?: number;
}

/** What every long operation takes: a way to cancel it, to follow it, and to hear of what it did otherwise than asked. */
export interface Work {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: WorkProgress) => void;
  /** A fault that the work went on without: a device that failed, features that cannot be kept. One sentence or two. */
  readonly onWarning?: (message: string) => void;
}
