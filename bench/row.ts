import type { Torch } from './torch';

/** One line of the table. */
export interface Row {
  readonly work: string;
  readonly ours: string;
  readonly rival: string;
  /** How many times faster; null where there is nothing to compare with. */
  readonly ratio: number | null;
  readonly note?: string;
}

export interface Context {
  readonly threads: number;
  readonly torch: Torch | null;
  readonly model: string;
  /** Fewer repetitions. */
  readonly quick: boolean;
}

export type Workload = (context: Context) => Promise<readonly Row[]>;

/** Seconds. */
export const ms = (value: number) =>
  value < 1 ? `${(1000 * value).toPrecision(3)} ms` : `${value.toPrecision(3)} s`;
export const giga = (value: number) => `${Math.round(value / 1e9)} GFLOP/s`;
export const versus = (rival: number | null, ours: number) => (rival === null ? null : rival / ours);
