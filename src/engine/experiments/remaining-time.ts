import type { CellState, ExperimentPlan } from './run-experiment';

/** The plan's guess counts as much as this part of it, and this many seconds, measured: a first cell alone says little. */
const PRIOR_SHARE = 0.25;
const PRIOR_SECONDS = 10;

/** Time left of an experiment: the plan's guess, scaled more and more by how long what has ended took. */
export class RemainingTime {
  private readonly started: number;
  private readonly seconds: number;
  private readonly planned: number;

  /** @param now milliseconds of a clock that is never set back */
  constructor(
    { cells, seconds }: Pick<ExperimentPlan, 'cells' | 'seconds'>,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.started = now();
    this.seconds = seconds;
    this.planned = guessed(cells);
  }

  left(cells: readonly CellState[]): { readonly secondsLeft: number } {
    if (this.planned === 0) return { secondsLeft: 0 };
    const elapsed = (this.now() - this.started) / 1000;
    const share = guessed(cells) / this.planned;
    if (share === 1) return { secondsLeft: Math.max(0, this.seconds - elapsed) };
    const prior = PRIOR_SHARE * this.seconds + PRIOR_SECONDS;
    const slower = (elapsed + prior) / ((1 - share) * this.seconds + prior);
    return { secondsLeft: share * this.seconds * slower };
  }
}

const guessed = (cells: readonly CellState[]) =>
  cells.reduce(
    (sum, state) => (state.status === 'waiting' || state.status === 'running' ? sum + state.seconds : sum),
    0,
  );
