/** How far a piece of work is; `unit` in the plural ("images"). */
export interface WorkProgress {
  readonly message: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly perSecond?: number;
}

/** What every long operation takes: a way to cancel it and to follow it. */
export interface Work {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: WorkProgress) => void;
}
