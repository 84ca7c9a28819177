import { percent } from '../../src/shared/format/percent';
import type { EpochEvent, RunSeries } from './run-series';

/** One figure of the epochs: as a curve's values, and as text in a table. */
export interface Figure {
  readonly title: string;
  readonly column: string;
  readonly value: (epoch: EpochEvent) => number | null;
  readonly text: (epoch: EpochEvent) => string;
}

const short = (value: number) => String(Number(value.toPrecision(3)));

/** Of the figures that methods share, in this order; others follow by their own name. */
const SHARED: Readonly<
  Record<string, { title: string; column: string; scale?: number; text: typeof short }>
> = {
  devAccuracy: { title: 'Dev accuracy, %', column: 'Dev', scale: 100, text: percent },
  loss: { title: 'Training loss', column: 'Loss', text: value => value.toFixed(3) },
  learningRate: { title: 'Learning rate', column: 'Learning rate', text: short },
  stepsPerSecond: { title: 'Steps per second', column: 'Steps/s', text: short },
};

/** Every figure that the runs' epochs have, whatever method they are of. */
export function figuresOf(runs: readonly RunSeries[]): readonly Figure[] {
  const named = runs.flatMap(({ epochs }) => Object.keys(epochs.at(-1)?.figures ?? {}));
  return [...new Set([...Object.keys(SHARED), ...named])].map(name => {
    const { title, column, scale = 1, text } = SHARED[name] ?? { title: name, column: name, text: short };
    return {
      title,
      column,
      value: ({ figures }) => {
        const value = figures[name];
        return value === undefined ? null : value * scale;
      },
      text: ({ figures }) => {
        const value = figures[name];
        return value === undefined ? '–' : text(value);
      },
    };
  });
}
