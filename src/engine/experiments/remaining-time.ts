import type { CellState, ExperimentPlan } from './run-experiment';

/** Time left of an experiment: the plan's guess, scaled by how long what has ended since took. */
export class RemainingTime {
  private readonly started = performance.now();
  private readonly seconds: number;
  private readonly planned: number;

  constructor({ cells, seconds }: ExperimentPlan) {
    this.seconds = seconds;
    this.planned = guessed(cells);
  }

  left(cells: readonly CellState[]): { readonly secondsLeft: number } {
    const left = guessed(cells);
    const ended = this.planned - left;
    const elapsed = (performance.now() - this.started) / 1000;
    if (this.planned === 0) return { secondsLeft: 0 };
    if (ended <= 0) return { secondsLeft: Math.max(0, this.seconds - elapsed) };
    return { secondsLeft: (elapsed * left) / ended };
  }
}

const guessed = (cells: readonly CellState[]) =>
  cells.reduce(
    (sum, state) => (state.status === 'waiting' || state.status === 'running' ? sum + state.seconds : sum),
    0,
  );
